import { randomUUID } from 'node:crypto'
import { type Client, Script, within } from './calls.ts'
import { EPOCH_FIELD, REMOVE, WRITE } from './stored-map.lua.ts'

/** Items in one script, which nothing may interrupt. */
export const WRITE_COUNT = 100
const SCAN_COUNT = 2000

const write = new Script(WRITE)
const remove = new Script(REMOVE)

/** What is written of one field. The value begins with a number, its rank: the higher rank wins, then the greater bytes (order.ts). */
export interface Written {
  readonly field: string
  readonly value: string
}

export interface Item extends Written {
  /** A field that this one must be newer than, too; empty: none. */
  readonly above: string
}

/** Up to where a map's stream was read. */
export interface StreamPosition {
  /** Which life of the map it is of. */
  readonly epoch: string
  readonly id: string
}

export const BEGINNING = '0-0'

export interface StoredMapOptions {
  readonly client: Client
  /** Holds a hash tag; its stream is `KEY:stream`. */
  readonly key: string
  readonly node: string
  /** Entries kept in the stream, at least. */
  readonly maxLength: number
}

/** A hash in Redis and the stream of what was written to it. Every call throws where Redis refuses it or does not answer in time. */
export function createStoredMap({ client, key, node, maxLength }: StoredMapOptions) {
  const stream = `${key}:stream`
  const isThere = async (id: string) => (await within(client.xrange(stream, id, id))).length > 0

  return {
    stream,
    isThere,
    /** Writes what is newer than what is there. Resolves to the map's epoch; with no items it only makes sure that there is one. */
    async write(items: readonly Item[]): Promise<string> {
      let epoch = ''
      for (let i = 0; i === 0 || i < items.length; i += WRITE_COUNT) {
        const args = items.slice(i, i + WRITE_COUNT).flatMap(({ field, above, value }) => [field, above, value])
        epoch = (await write.run(client, [key, stream], [node, maxLength, randomUUID(), ...args])) as string
      }
      return epoch
    },
    /** Whether what comes after this position is all that was written since. */
    async goesOn({ epoch, id }: StreamPosition): Promise<boolean> {
      if ((await within(client.hget(key, EPOCH_FIELD))) !== epoch) return false
      return id === BEGINNING || isThere(id)
    },
    /** The stream's newest entry. */
    async newest(): Promise<string> {
      const [last] = await within(client.xrevrange(stream, '+', '-', 'COUNT', 1))
      return last?.[0] ?? BEGINNING
    },
    /** Every field of the map, some at a time; some of them twice. */
    async *scan(): AsyncGenerator<Written[]> {
      let cursor = '0'
      do {
        const [next, found] = await within(client.hscan(key, cursor, 'COUNT', SCAN_COUNT))
        const written: Written[] = []
        for (let i = 0; i < found.length; i += 2) {
          if (found[i] !== EPOCH_FIELD) written.push({ field: found[i]!, value: found[i + 1]! })
        }
        yield written
        cursor = next
      } while (cursor !== '0')
    },
    /** Removes the fields that still hold these values. */
    async remove(over: readonly Written[]): Promise<void> {
      for (let i = 0; i < over.length; i += WRITE_COUNT) {
        const args = over.slice(i, i + WRITE_COUNT).flatMap(({ field, value }) => [field, value])
        await remove.run(client, [key], args)
      }
    },
    /** Whether no other node has taken this turn within that time. */
    async takesTurn(ms: number): Promise<boolean> {
      return (await within(client.set(`${key}:sweep`, node, 'PX', ms, 'NX'))) !== null
    },
    /** Redis's own clock, epoch ms. */
    async clockMs(): Promise<number> {
      const [seconds] = await within(client.time())
      return Number(seconds) * 1000
    },
  }
}
