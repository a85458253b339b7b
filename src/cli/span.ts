const UNITS = [
  ['d', 864e5],
  ['h', 36e5],
  ['m', 6e4],
  ['s', 1e3],
] as const

/** A length of time for people, its two largest units: `2h 5m`, `41s`; below a second `0s`. Null is for ever. */
export function formatSpan(ms: number | null): string {
  if (ms === null) return 'for ever'
  let rest = Math.max(0, ms)
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return { unit, count }
  })
  const first = parts.findIndex((part) => part.count > 0)
  if (first < 0) return '0s'
  return parts
    .slice(first, first + 2)
    .filter((part) => part.count > 0)
    .map((part) => `${part.count}${part.unit}`)
    .join(' ')
}
