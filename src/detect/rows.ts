import { parseIPv4 } from '../ipv4.ts'
import { HIT_WORDS, idOf } from './hits.ts'
import { offsetAfter, packIds, stemLength, unpackIds } from './ids.ts'
import type { Layout } from './layout.ts'
import { ANYBODY } from './pairs.ts'
import type { RecordHits } from './record-hits.ts'
import { IS_IPV4, type KeyKind, PAIR, PLACE, USER } from './records.ts'
import type { Store } from './store.ts'

/** A whole record, as it is journalled. Bits count the names in `windows`, whatever bits they have in memory. */
interface Packed {
  windows: string[]
  newest: number
  ages: number[]
  ids: string[]
  live: number[]
  spent: number[]
  /** A digit a hit. */
  proved: string
  values: (string | null)[]
  /** By name of the window. */
  armed: Record<string, number>
}

export function packRecord(store: Store, layout: Layout, slot: number): string {
  const { hits, records } = store
  const start = records.block(slot)
  const positions = Array.from({ length: store.count(slot) }, (_, i) => start + i * HIT_WORDS)
  const marks = positions.reduce((all, at) => all | hits.live(at) | hits.spent(at), 0)
  const windows = layout.of(records.tag(slot)).filter(({ bit }) => marks & (1 << bit) || store.armedUntil(slot, bit) !== undefined)
  const newest = Math.max(...positions.map((at) => hits.atMs(at)))
  const told = (bits: number) => windows.reduce((sum, { bit }, i) => sum | (bits & (1 << bit) ? 1 << i : 0), 0)
  const packed: Packed = {
    windows: windows.map(({ name }) => name),
    newest,
    ages: positions.map((at) => newest - hits.atMs(at)),
    ids: packIds(positions.map((at) => idOf(hits.stemText(at), hits.offset(at)))),
    live: positions.map((at) => told(hits.live(at))),
    spent: positions.map((at) => told(hits.spent(at))),
    proved: positions.map((at) => (hits.isProved(at) ? 1 : 0)).join(''),
    values: positions.map((at) => store.valueOf(at)),
    armed: Object.fromEntries(
      windows.flatMap(({ name, bit }) => {
        const untilMs = store.armedUntil(slot, bit)
        return untilMs === undefined ? [] : [[name, untilMs]]
      }),
    ),
  }
  return JSON.stringify(packed)
}

/** Takes a record back from the journal, which is taken to hold it. What other windows counted than today's is left out. */
export function unpackRecord(store: Store, layout: Layout, ofRecord: RecordHits, rowKey: string, data: string): void {
  const { kind, place, user } = readKey(rowKey)
  const { windows, newest, ages, ids, live, spent, proved, values, armed } = JSON.parse(data) as Packed
  store.noteJournalled(rowKey)
  const present = windows.map((name) => layout.named(name))
  for (const tag of new Set(present.flatMap((window) => window?.tag ?? []))) {
    const marks = (told: number) =>
      present.reduce((bits, window, i) => bits | (window?.tag === tag && told & (1 << i) ? 1 << window.bit : 0), 0)
    const slot = openRecord(store, tag, kind, place, user)
    if (kind === PLACE) store.records.setFilter(slot, ANYBODY)
    unpackIds(ids).forEach((id, i) => {
      const [counting, counted] = [marks(live[i]!), marks(spent[i]!)]
      if ((counting | counted) === 0) return
      const length = stemLength(id)
      const stem = store.names.hold(id.slice(0, length))
      const hit = { atMs: newest - ages[i]!, stem, offset: offsetAfter(id, length), proved: proved[i] === '1' }
      const text = values[i] ?? null
      const address = text !== null && kind === USER ? parseIPv4(text) : null
      const name = text === null || address !== null ? 0 : store.names.hold(text)
      ofRecord.addMarks(slot, { ...hit, value: address ?? name, valueIsIPv4: address !== null }, counting, counted)
      store.names.release(stem)
      if (name !== 0) store.names.release(name)
    })
    ofRecord.settle(slot)
    for (const window of present) if (window?.tag === tag && window.name in armed) store.arm(slot, window.bit, armed[window.name]!)
    if (store.isJournalledAs(slot, rowKey)) store.records.place(slot)
    else store.touch(slot)
  }
}

function openRecord(store: Store, tag: number, kind: KeyKind, place: string, user: string): number {
  const address = kind === USER ? null : parseIPv4(place)
  const names = [address === null ? store.names.hold(place) : 0, kind === PAIR ? store.names.hold(user) : 0] as const
  const slot = store.open(tag | (address === null ? 0 : IS_IPV4), address ?? names[0], names[1])
  for (const name of names) if (name !== 0) store.names.release(name)
  return slot
}

/** See Store.textOf. */
function readKey(rowKey: string): { kind: KeyKind; place: string; user: string } {
  const kind = Number(rowKey[0]) as KeyKind
  const text = rowKey.slice(rowKey.indexOf(' ') + 1)
  const space = kind === PAIR ? text.indexOf(' ') : text.length
  return { kind, place: text.slice(0, space), user: text.slice(space + 1) }
}
