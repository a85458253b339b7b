import { readChunk } from '../../src/detect/chunk.ts'
import { CHUNK } from '../../src/detect/record-log.ts'
import { groupOf, IS_IPV4, kindOf } from '../../src/detect/records.ts'
import { formatIPv4 } from '../../src/ipv4.ts'
import type { CounterRow } from '../../src/kept.ts'

/** Rows as the state keeps them: the newest word on a key, and none of what was forgotten. */
export class KeptRows {
  readonly #rows = new Map<string, CounterRow>()

  put(rows: Iterable<CounterRow>): void {
    for (const row of rows) {
      const name = JSON.stringify([row.jail, row.key])
      if (row.data === '') this.#rows.delete(name)
      else this.#rows.set(name, row)
    }
  }

  get rows(): CounterRow[] {
    return [...this.#rows.values()]
  }
}

/** The keys of the records that are written in rows, and of those that are gone by them. */
export function recordsIn(rows: readonly CounterRow[]): { written: string[]; gone: string[] } {
  const chunks = rows.filter(({ key, data }) => key[0] === CHUNK && data !== '').map(({ data }) => readChunk(data))
  const written = chunks.flatMap(({ head, records }) =>
    [...records].map(({ tag, a, b }) => {
      const name = (number: number) => head.names[number - 1]
      const group = groupOf(tag) === 0 ? '' : `.${groupOf(tag)}`
      return `${kindOf(tag)}${group} ${tag & IS_IPV4 ? formatIPv4(a) : name(a)}${b === 0 ? '' : ` ${name(b)}`}`
    }),
  )
  return { written, gone: chunks.flatMap(({ head }) => head.gone) }
}
