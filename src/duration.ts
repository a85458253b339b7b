import { SipguardError } from './errors.ts'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }
const FORM = /^(\d+(?:\.\d+)?)([smhdw]?)$/

/** Largest duration accepted: 100 years, so that `at + duration` stays an exact date. */
export const LONGEST_MS = 100 * 365 * 864e5

/**
 * `90s`, `10m`, `1h`, `7d`, `4w`, or plain seconds, as milliseconds; `-1` means for ever and gives null.
 * @throws SipguardError DURATION_INVALID
 */
export function parseDuration(text: string | number): number | null {
  const word = String(text).trim()
  if (word === '-1') return null
  const found = FORM.exec(word)
  const ms = found ? Number(found[1]) * (UNIT_MS[found[2] || 's'] ?? Number.NaN) : Number.NaN
  if (!Number.isFinite(ms) || ms > LONGEST_MS) {
    throw new SipguardError('DURATION_INVALID', `expected a duration such as 90s, 10m, 1h, 7d, 4w or -1 (for ever), got '${word}'`)
  }
  return Math.round(ms)
}

/** The shortest exact spelling that parseDuration reads back: `10m`, `1d`, `90s`; null is `-1`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '-1'
  for (const unit of ['w', 'd', 'h', 'm'] as const) {
    const size = UNIT_MS[unit] as number
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms / 1000}s`
}
