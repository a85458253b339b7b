import type { Zone } from './zone.ts'

const MONTHS: Readonly<Record<string, number>> = {
  Jan: 0,
  Feb: 1,
  Mar: 2,
  Apr: 3,
  May: 4,
  Jun: 5,
  Jul: 6,
  Aug: 7,
  Sep: 8,
  Oct: 9,
  Nov: 10,
  Dec: 11,
}
const BSD = /^([A-Z][a-z]{2}) ([ \d]?\d) (\d\d):(\d\d):(\d\d)$/
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/
const SHORT = /^(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)$/
const DAY_MS = 864e5

/** A year-less time is taken as the newest one that is not more than this in the future. */
export const FUTURE_ALLOWED_MS = DAY_MS

/** Reads the time that stands in bytes[from, to). Lines come many a second: the last time is kept. */
export type TimeReader = (bytes: Buffer, from: number, to: number, nowMs: number) => number | null

export function createTimeReader(parse: ReturnType<typeof createTimeParser>): TimeReader {
  const last = Buffer.alloc(64)
  let length = 0
  let lastMs: number | null = null
  let lastDay = -1
  const isLast = (bytes: Buffer, from: number) => {
    for (let i = 0; i < length; i++) if (bytes[from + i] !== last[i]) return false
    return true
  }
  return (bytes, from, to, nowMs) => {
    const day = Math.floor(nowMs / DAY_MS)
    if (to - from === length && day === lastDay && isLast(bytes, from)) return lastMs
    lastMs = parse(bytes.toString('latin1', from, to), nowMs)
    length = bytes.copy(last, 0, from, to)
    lastDay = day
    return lastMs
  }
}

/** Parses the time of a line's prefix to epoch ms, or null where the text is no time (`Feb 31`, hour 25). */
export function createTimeParser(zone: Zone): (text: string, nowMs: number) => number | null {
  let lastText = ''
  let lastMs: number | null = null
  let lastDay = -1
  return (text, nowMs) => {
    const day = Math.floor(nowMs / DAY_MS)
    if (text === lastText && day === lastDay) return lastMs
    lastText = text
    lastDay = day
    lastMs = parse(text, nowMs, zone)
    return lastMs
  }
}

function parse(text: string, nowMs: number, zone: Zone): number | null {
  const iso = ISO.exec(text)
  if (iso) {
    const local = wallClock(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]), Number(iso[4]), Number(iso[5]), Number(iso[6]))
    if (local === null) return null
    const ms = local + Math.floor(Number(`0.${iso[7] ?? '0'}`) * 1000)
    if (!iso[8]) return zone.toEpoch(ms)
    if (iso[8] === 'Z') return ms
    const minutes = Number(iso[8].slice(1, 3)) * 60 + Number(iso[8].slice(-2))
    return ms - (iso[8][0] === '-' ? -minutes : minutes) * 6e4
  }
  const bsd = BSD.exec(text)
  if (bsd) return newest(MONTHS[bsd[1] as string] ?? -1, Number(bsd[2]), Number(bsd[3]), Number(bsd[4]), Number(bsd[5]), 0, nowMs, zone)
  const short = SHORT.exec(text)
  if (!short) return null
  const ms = Math.floor(Number(`0.${short[6]}`) * 1000)
  return newest(Number(short[1]) - 1, Number(short[2]), Number(short[3]), Number(short[4]), Number(short[5]), ms, nowMs, zone)
}

/** The newest year in which this time exists and is not in the future; eight years reach the last 29 February. */
function newest(
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
  nowMs: number,
  zone: Zone,
): number | null {
  const thisYear = new Date(nowMs + FUTURE_ALLOWED_MS).getUTCFullYear()
  for (let year = thisYear + 1; year > thisYear - 8; year--) {
    const local = wallClock(year, month, day, hour, minute, second)
    if (local === null) continue
    const at = zone.toEpoch(local) + ms
    if (at <= nowMs + FUTURE_ALLOWED_MS) return at
  }
  return null
}

function wallClock(year: number, month: number, day: number, hour: number, minute: number, second: number): number | null {
  if (hour > 23 || minute > 59 || second > 60) return null
  const midnight = new Date(Date.UTC(year, month, day))
  if (month < 0 || midnight.getUTCMonth() !== month || midnight.getUTCDate() !== day) return null
  return midnight.getTime() + (hour * 3600 + minute * 60 + second) * 1000
}
