/** Local wall-clock time of one time zone as epoch time; offsets are asked of Intl once an hour of log time. */
export interface Zone {
  /** `localMs` is the wall clock read as if it were UTC, epoch ms; in a gap or overlap of DST the earlier offset counts. */
  toEpoch(localMs: number): number
}

const HOUR_MS = 36e5
const CACHED_HOURS = 4096

const UTC: Zone = { toEpoch: (localMs) => localMs }

/**
 * @param name IANA zone, `Europe/Berlin`. It is asked for with the first time: Intl's data take 20 ms to load and 5 MB for good, which who
 * reads no local time saves. `toEpoch` throws RangeError where the zone is unknown
 */
export function createZone(name: string): Zone {
  if (name === 'UTC') return UTC
  let zone: Zone | null = null
  return {
    toEpoch(localMs) {
      zone ??= zoneOfIntl(name)
      return zone.toEpoch(localMs)
    },
  }
}

function zoneOfIntl(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  if (format.resolvedOptions().timeZone === 'UTC') return UTC
  const offsets = new Map<number, number>()
  const offsetAt = (epochMs: number): number => {
    const hour = Math.floor(epochMs / HOUR_MS)
    let offset = offsets.get(hour)
    if (offset === undefined) {
      const text = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
      const found = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text)
      offset = found ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0)) * 1000 : 0
      if (offsets.size >= CACHED_HOURS) offsets.clear()
      offsets.set(hour, offset)
    }
    return offset
  }
  return {
    toEpoch(localMs) {
      const first = localMs - offsetAt(localMs)
      return localMs - offsetAt(first)
    },
  }
}
