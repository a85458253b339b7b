/** What one row of the table says. */
export interface Figure {
  /** What rows of one kind stand under. */
  readonly group: string
  readonly name: string
  /** The median of some rounds; null where the program is not installed or the machine lacks what it needs. */
  readonly value: number | null
  readonly unit: Unit
  /** How many times what the row `of` the same group took, in the same rounds. */
  readonly ratio?: { readonly times: number; readonly of: string }
}

const RATES = ['lines/s', 'bans/s', 'events/s', 'packets/s'] as const
const TIMES = ['s', 'ms', 'µs'] as const
/** Of memory or lines: the same on a slow machine. */
const AMOUNTS = ['MB', 'bytes', 'lines lost'] as const
export type Unit = (typeof RATES)[number] | (typeof TIMES)[number] | (typeof AMOUNTS)[number]

export const isRate = (unit: Unit): boolean => RATES.some((rate) => rate === unit)
export const isTime = (unit: Unit): boolean => TIMES.some((time) => time === unit)

/** How much is done. */
export interface Size {
  /** A minute or two in all, by smaller inputs. */
  readonly quick: boolean
}

/** One part of the benchmark; may take minutes. */
export type Part = (size: Size) => Promise<readonly Figure[]>

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('expected values, got none')
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}
