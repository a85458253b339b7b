import { canonicalAddress } from '../address.ts'
import { createTimeParser, createZone } from '../classify/index.ts'

/** One ban as Fail2Ban's log tells it. */
export interface Fail2BanBan {
  /** Canonical. */
  readonly ip: string
  readonly jail: string
  readonly fromMs: number
  /** By its Unban, else by the jail's bantime; null: for ever, or the log does not say. Epoch ms. */
  untilMs: number | null
}

/** What the log says of a jail when it is started. */
export interface Fail2BanJailFacts {
  readonly maxretry: number | null
  /** Seconds. */
  readonly findtime: number | null
  /** Seconds, -1 for ever. */
  readonly bantime: number | null
}

/** All that a log of Fail2Ban holds for a comparison. */
export interface Fail2BanLog {
  /** Lines read, and those of them that are Fail2Ban's. */
  lines: number
  own: number
  /** The first line that is not; null: there is none. */
  foreign: string | null
  /** Of its first and its newest line, epoch ms; Infinity and -Infinity where there is none. */
  firstMs: number
  lastMs: number
  /** In their order. */
  readonly bans: Fail2BanBan[]
  /** By jail and address, the times of the lines that it counted, epoch ms. */
  readonly found: Map<string, Map<string, number[]>>
  /** By jail, the addresses that it was told to ignore. */
  readonly ignored: Map<string, Set<string>>
  readonly jails: Map<string, Fail2BanJailFacts>
  /** When it ended and was started again, epoch ms; an end without a start is open. */
  readonly pauses: { readonly fromMs: number; untilMs: number }[]
}

/**
 * How a line begins, by the `logtarget`: a file (fail2ban/server/server.py, getVerbosityFormat in fail2ban/helpers.py), or what syslog or
 * journalctl put before it; what it writes to the journal itself has no level. Older versions leave the process out.
 */
const LINE =
  /^(?:<\d+>)?(?<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?: [\w.:-]+)?(?: [\w./-]+\[\d+\]:)? (?:fail2ban\.\w+ *(?:\[\d+\])?: [A-Z]+ +|fail2ban\[\d+\]: )(?<message>.*)$/
/** fail2ban/server/actions.py, filter.py, observer.py; `when`: of the line that was found, or the end of a ban that was made longer. */
const SAID =
  /^\[(?<jail>[^\]]+)\] (?<verb>Ban|Restore Ban|Increase Ban|Unban|Found|Ignore) (?<ip>[0-9A-Fa-f.:]+)(?: .*?(?:-|->) (?<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\)?| .*)?$/
const CREATED = /^Creating new jail '(.+)'$/
const SETTING = /^(maxRetry|findtime|banTime): (-?\d+)$/
const NO_FACTS: Fail2BanJailFacts = { maxretry: null, findtime: null, bantime: null }

/** Reads Fail2Ban's log line by line, the oldest first. Pure. @param tz IANA zone of times without one */
export function createFail2BanLog(tz: string) {
  const parseTime = createTimeParser(createZone(tz))
  const log: Fail2BanLog = {
    ...{ lines: 0, own: 0, foreign: null, firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY },
    ...{ bans: [], found: new Map(), ignored: new Map(), jails: new Map(), pauses: [] },
  }
  /** By jail and address. */
  const newest = new Map<string, Fail2BanBan>()
  let described = ''

  const endOf = (jail: string, fromMs: number): number | null => {
    const seconds = log.jails.get(jail)?.bantime ?? -1
    return seconds < 0 ? null : fromMs + seconds * 1000
  }

  function said(jail: string, verb: string, ip: string, whenMs: number | null, atMs: number): void {
    const key = `${jail} ${ip}`
    const last = newest.get(key)
    if (verb === 'Found') timesOf(log.found, jail, ip).push(whenMs ?? atMs)
    else if (verb === 'Ignore') entryOf(log.ignored, jail, () => new Set<string>()).add(ip)
    else if (verb === 'Unban' && last) last.untilMs = atMs
    else if (verb === 'Increase Ban' && last) last.untilMs = whenMs
    // It unbans all when it ends, and goes on with them when it is started.
    else if (verb === 'Restore Ban' && last) last.untilMs = endOf(jail, last.fromMs)
    else if (verb === 'Ban' || verb === 'Restore Ban') {
      const ban = { ip, jail, fromMs: atMs, untilMs: endOf(jail, atMs) }
      log.bans.push(ban)
      newest.set(key, ban)
    }
  }

  function noted(message: string, atMs: number): void {
    const [, created] = CREATED.exec(message) ?? []
    const [, name, value] = SETTING.exec(message) ?? []
    if (created !== undefined) {
      described = created
      log.jails.set(described, NO_FACTS)
    } else if (name !== undefined && log.jails.has(described)) {
      log.jails.set(described, { ...log.jails.get(described)!, [name.toLowerCase()]: Number(value) })
    } else if (message.startsWith('Exiting Fail2ban')) log.pauses.push({ fromMs: atMs, untilMs: Number.POSITIVE_INFINITY })
    else if (message.startsWith('Starting Fail2ban')) for (const pause of log.pauses) pause.untilMs = Math.min(pause.untilMs, atMs)
  }

  return {
    log: log as Readonly<Fail2BanLog>,
    /** @param nowMs dates a time without a year, epoch ms */
    line(text: string, nowMs: number): void {
      log.lines++
      const { time = '', message = '' } = LINE.exec(text)?.groups ?? {}
      const atMs = time === '' ? null : parseTime(time, nowMs)
      if (atMs === null) {
        log.foreign ??= text
        return
      }
      log.own++
      log.firstMs = Math.min(log.firstMs, atMs)
      log.lastMs = Math.max(log.lastMs, atMs)
      const { jail, verb = '', ip: written = '', when } = SAID.exec(message)?.groups ?? {}
      if (jail === undefined) {
        noted(message.trim(), atMs)
        return
      }
      if (!log.jails.has(jail)) log.jails.set(jail, NO_FACTS)
      const ip = canonicalAddress(written)
      if (ip !== null) said(jail, verb, ip, when === undefined ? null : parseTime(when, nowMs), atMs)
    },
  }
}

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

const timesOf = (found: Fail2BanLog['found'], jail: string, ip: string): number[] =>
  entryOf(
    entryOf(found, jail, () => new Map<string, number[]>()),
    ip,
    () => [],
  )
