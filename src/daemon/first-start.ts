import type { Jail } from '../config/types.ts'

const FIRST_TAIL = 64 * 1024
const LARGEST_TAIL = 256 * 1024 * 1024
const NEWLINE = 10

/** The longest findtime of all jails and their second stages, ms: how far back a line may still matter. */
export function longestFindtime(jails: readonly Jail[]): number {
  return Math.max(0, ...jails.flatMap((jail) => [jail.findtimeMs, jail.then?.findtimeMs ?? 0]))
}

/**
 * Where the first start on an existing file begins: at its first line not older than `sinceMs`, found by reading ever longer tails.
 * Lines without a time belong to the dated line before them. A file without any date is begun at its end.
 * @param readTail the last `bytes` bytes of the file
 */
export function firstOffset(
  size: number,
  readTail: (bytes: number) => Buffer,
  timeOf: (bytes: Buffer, start: number, end: number) => number | null,
  sinceMs: number,
): number {
  for (let length = FIRST_TAIL; ; length *= 4) {
    const whole = length >= size
    const tail = readTail(Math.min(length, size))
    const found = scan(tail, whole ? 0 : tail.indexOf(NEWLINE) + 1, timeOf, sinceMs)
    if (found.sawOlder || whole || length >= LARGEST_TAIL) return size - tail.length + (found.recent ?? found.end)
  }
}

/** The first line from `start` on that is not older than `sinceMs`, if any; whether an older one stands before it; the end of the last line. */
function scan(tail: Buffer, start: number, timeOf: (bytes: Buffer, start: number, end: number) => number | null, sinceMs: number) {
  let at = start
  let sawOlder = false
  for (let end = tail.indexOf(NEWLINE, at); end >= 0; end = tail.indexOf(NEWLINE, at)) {
    const time = timeOf(tail, at, end)
    if (time !== null && time >= sinceMs) return { recent: at, sawOlder, end: at }
    if (time !== null) sawOlder = true
    at = end + 1
  }
  return { recent: null, sawOlder, end: at }
}
