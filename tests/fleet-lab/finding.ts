/** What a scenario found out, a row of the table. */
export interface Finding {
  readonly scenario: string
  readonly what: string
  readonly value: string
  /** What was to be shown; empty: this is only told. */
  readonly goal: string
  readonly isMet: boolean
  /** What is wrong, where that takes more than a value. */
  readonly details: readonly string[]
}

/** Findings of one scenario. */
export function findingsOf(scenario: string) {
  const show = (what: string, value: string | number, goal: string, isMet: boolean, details: readonly string[] = []): Finding => {
    return { scenario, what, value: String(value), goal, isMet, details }
  }
  return {
    show,
    tell: (what: string, value: string | number) => show(what, value, '', true),
    /** That there are none. */
    differences: (found: readonly string[]) => show('differences', found.length, '0', found.length === 0, found),
  }
}

/** The value that this share of them does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

/** `p50 12 ms, p99 34 ms` */
export function milliseconds(values: readonly number[]): string {
  const at = (share: number) => percentile(values, share).toFixed(0)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}
