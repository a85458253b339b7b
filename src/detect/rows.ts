import { parseIPv4 } from '../ipv4.ts'
import { atMsOf, HIT_WORDS, idOf, liveOf, marksOf, spentOf } from './hits.ts'
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
  const { words } = hits
  const start = records.block(slot)
  const end = start + store.count(slot) * HIT_WORDS
  let marks = 0
  let newest = Number.NEGATIVE_INFINITY
  for (let at = start; at < end; at += HIT_WORDS) {
    marks |= marksOf(words, at)
    newest = Math.max(newest, atMsOf(words, at))
  }
  const isArmed = records.isArmed(slot)
  const armedUntil = (bit: number) => (isArmed ? store.armedUntil(slot, bit) : undefined)
  const windows = layout.of(records.tag(slot)).filter(({ bit }) => marks & (1 << bit) || armedUntil(bit) !== undefined)
  const bits = windows.map(({ bit }) => bit)
  const packed: Packed = {
    windows: windows.map(({ name }) => name),
    ...{ newest, ages: [], ids: [], live: [], spent: [], proved: '', values: [], armed: {} },
  }
  const ids: string[] = []
  for (let at = start; at < end; at += HIT_WORDS) {
    packed.ages.push(newest - atMsOf(words, at))
    ids.push(idOf(hits.stemText(at), hits.offset(at)))
    packed.live.push(told(bits, liveOf(words, at)))
    packed.spent.push(told(bits, spentOf(words, at)))
    packed.proved += hits.isProved(at) ? '1' : '0'
    packed.values.push(store.valueOf(at))
  }
  packed.ids = packIds(ids)
  for (const { name, bit } of windows) {
    const untilMs = armedUntil(bit)
    if (untilMs !== undefined) packed.armed[name] = untilMs
  }
  return JSON.stringify(packed)
}

/** Marks, with the windows' bits in the order given. */
function told(bits: readonly number[], marks: number): number {
  let told = 0
  for (let i = 0; i < bits.length; i++) if (marks & (1 << bits[i]!)) told |= 1 << i
  return told
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
