import { canonicalAddress } from '../address.ts'
import type { PhoneRow } from '../kept.ts'
import type { Client } from './calls.ts'
import { isNewer } from './order.ts'
import { createSharedMap, type SharedMap } from './shared-map.ts'
import type { Item, Written } from './stored-map.ts'

const STREAM_LENGTH = 100_000
/** Some 400 bytes each. */
const MOST_PHONES = 100_000
const LONGEST_ROW = 5000

export interface PhonesOptions {
  readonly client: Client
  readonly node: string
  readonly prefix: string
  /** How long a success makes an address one of phones, ms. */
  readonly phoneMs: () => number
  readonly now: () => number
  /** Phones that other nodes have seen; to be merged with what is known of them here. */
  readonly onPhones: (rows: readonly PhoneRow[]) => void
  readonly onState: () => void
}

export interface SharedPhones {
  readonly map: SharedMap
  /** Phones that changed here, as journalled. They are told the others where it matters: new, at another endpoint, or not told of for long. */
  share(rows: readonly PhoneRow[]): void
}

/** Who registered where, for all nodes: the newest word on each user at each address. */
export function createPhones({ client, node, prefix, phoneMs, now, onPhones, onState }: PhonesOptions): SharedPhones {
  /** `time node data` by `address user`, the longest unheard of first. */
  const known = new Map<string, string>()

  function remember(field: string, value: string): void {
    known.delete(field)
    known.set(field, value)
    if (known.size > MOST_PHONES) known.delete(known.keys().next().value!)
  }

  function matters({ toMs, endpoints }: Facts, value: string | undefined): boolean {
    const told = value === undefined ? null : factsOf(value)
    return told === null || told.endpoints !== endpoints || toMs - told.toMs >= phoneMs() / 10
  }

  const isOver = ({ value }: Written, nowMs: number) => Number.parseFloat(value) + 2 * phoneMs() < nowMs

  const map = createSharedMap({
    ...{ client, key: `${prefix}:{fleet}:phones`, node, position: null, maxLength: STREAM_LENGTH, now, isOver, onState },
    async onWritten(written) {
      const news: PhoneRow[] = []
      for (const one of written) {
        const row = readRow(one)
        const old = known.get(one.field)
        if (row === null || isOver(one, now()) || (old !== undefined && !isNewer(one.value, old))) continue
        remember(one.field, one.value)
        news.push(row)
      }
      if (news.length > 0) onPhones(news)
    },
    *local() {
      for (const [field, value] of known) if (!isOver({ field, value }, now())) yield { field, above: '', value }
    },
    find(field) {
      const value = known.get(field)
      return value === undefined ? null : { field, above: '', value }
    },
    onSent() {},
  })

  return {
    map,
    share(rows) {
      const items: Item[] = []
      for (const { ip, user, data } of rows) {
        const field = `${ip} ${user}`
        const facts = factsOf(data)
        if (facts === null || data.length + field.length > LONGEST_ROW || !matters(facts, known.get(field))) continue
        const value = `${facts.toMs} ${node} ${data}`
        remember(field, value)
        items.push({ field, above: '', value })
      }
      map.offer(items)
    },
  }
}

interface Facts {
  /** The newest success, epoch ms. */
  readonly toMs: number
  /** Where he succeeded from, in a fixed order. */
  readonly endpoints: string
}

/** What matters to other nodes of a row's data (written by decide/known-phones.ts), or of a value that ends in it. */
function factsOf(text: string): Facts | null {
  try {
    const { toMs, endpoints } = JSON.parse(text.slice(text.indexOf('{')))
    if (!Number.isFinite(toMs) || !Array.isArray(endpoints)) return null
    return {
      toMs,
      endpoints: endpoints
        .map(({ port, transport }) => `${transport}:${port}`)
        .sort()
        .join(),
    }
  } catch {
    return null
  }
}

function readRow({ field, value }: Written): PhoneRow | null {
  const [ip = ''] = field.split(' ', 1)
  if (canonicalAddress(ip) !== ip || field.length === ip.length || factsOf(value) === null) return null
  return { ip, user: field.slice(ip.length + 1), data: value.slice(value.indexOf('{')) }
}
