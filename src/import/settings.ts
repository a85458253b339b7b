import { networksOrNames } from '../config/index.ts'
import { formatDuration } from '../duration.ts'
import type { LeftOut } from './index.ts'
import type { TheirJail } from './jail.ts'
import type { Values } from './values.ts'

/** What a jail says besides its filter. */
export interface Settings {
  readonly maxretry: number
  /** As sipguard writes them: `10m`; `-1` for ever. */
  readonly findtime: string
  readonly bantime: string
  readonly increment: { readonly factor: number; readonly maxtime: string } | null
  readonly ignoreip: readonly string[]
  readonly sources: readonly Source[]
}
export type Source = { readonly file: string } | { readonly journal: { readonly unit: string } }

const CARRIED =
  /^(?:enabled|filter|mode|logpath|backend|journalmatch|maxretry|findtime|bantime|bantime\.(?:increment|maxtime)|ignoreip|ignoreself)$/
/** Fail2Ban's own, where nothing is said. */
const TEN_MINUTES = 600
/** Ours, where theirs names no end to the growth of a ban. */
const FOUR_WEEKS = 2_419_200
/** What the configuration takes: a hundred years (src/duration.ts), and src/config/jail-file.ts. */
const LONGEST = 3_153_600_000
const MOST_FAILURES = 100_000
const SECONDS: Readonly<Record<string, number>> = { y: 31_557_600, mo: 2_629_800, w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 }

/** @param journalmatch of the filter, where the jail has none */
export function settingsOf({ name, values, own, place }: TheirJail, journalmatch: string, leaveOut: (entry: LeftOut) => void): Settings {
  for (const [key, at] of own) if (!CARRIED.test(key)) leaveOut({ place: at, what: `${name}: ${key}`, why: reasonFor(key) })
  const at = (key: string) => values.lines(key)[0]?.place ?? place
  const seconds = (key: string, fallback: number, forEver: boolean) => {
    const text = values.text(key)
    const found = text === '' ? fallback : secondsOf(text)
    if (found !== null && found <= LONGEST && (found > 0 || (forEver && found < 0))) return found
    leaveOut({
      place: at(key),
      what: `${name}: ${key} = ${text}`,
      why: `it is no duration that sipguard takes; ${formatDuration(fallback * 1000)} is written`,
    })
    return fallback
  }
  const written = (duration: number) => (duration < 0 ? '-1' : formatDuration(duration * 1000))
  const maxretry = Number(values.text('maxretry') || '5')
  const isKnown = Number.isInteger(maxretry) && maxretry > 0 && maxretry <= MOST_FAILURES
  if (!isKnown) {
    const why = `it is no number from 1 to ${MOST_FAILURES}; 5 is written`
    leaveOut({ place: at('maxretry'), what: `${name}: maxretry = ${values.text('maxretry')}`, why })
  }
  const bantime = seconds('bantime', TEN_MINUTES, true)
  const grows = /^(?:true|yes|on|1)$/i.test(values.text('bantime.increment')) && bantime > 0
  return {
    maxretry: isKnown ? maxretry : 5,
    findtime: written(seconds('findtime', TEN_MINUTES, false)),
    bantime: written(bantime),
    increment: grows ? { factor: 2, maxtime: written(Math.max(bantime, seconds('bantime.maxtime', FOUR_WEEKS, false))) } : null,
    ignoreip: addresses(values, (what, why) => leaveOut({ place: at('ignoreip'), what: `${name}: ${what}`, why })),
    sources: sourcesOf(name, values, journalmatch, (what, why) => leaveOut({ place: at('logpath'), what: `${name}: ${what}`, why })),
  }
}

function reasonFor(key: string): string {
  if (/action|^(?:port|protocol|chain|destemail|sender|mta)$/.test(key))
    return 'actions are not carried over: sipguard bans in its own firewall table, on all ports (docs/firewall.md)'
  if (key === 'ignorecommand') return 'no command is run to ask; the allow list (sipguard allow) answers'
  if (/^bantime\./.test(key)) return 'a ban grows by a factor here (docs/jails.md)'
  return 'sipguard has nothing that does the same'
}

/** fail2ban/server/mytime.py str2seconds: `1h 30m`, `2 weeks`, seconds without a unit. Null where it is something else. */
function secondsOf(text: string): number | null {
  if (text.length > 100) return null
  if (/^-\d+$/.test(text)) return -1
  let sum = 0
  const rest = text.replace(/(\d+(?:\.\d+)?)\s*([a-z]*)/gi, (_, number: string, word: string) => {
    const unit = /^(?:y|mo|w|d|h|m|s)/i.exec(word)?.[0].toLowerCase() ?? (word === '' ? 's' : '')
    sum += Number(number) * (SECONDS[unit] ?? Number.NaN)
    return ''
  })
  return rest.trim() === '' && Number.isFinite(sum) ? Math.round(sum) : null
}

function addresses(values: Values, refuse: (what: string, why: string) => void): string[] {
  return values
    .text('ignoreip')
    .split(/[\s,]+/)
    .filter((entry) => {
      if (entry === '') return false
      if (networksOrNames.safeParse([entry]).success) return true
      refuse(`ignoreip ${entry}`, 'it is no address, network or name')
      return false
    })
}

function sourcesOf(name: string, values: Values, journalmatch: string, refuse: (what: string, why: string) => void): Source[] {
  if (/^systemd\b/.test(values.text('backend'))) {
    const match = values.text('journalmatch') || journalmatch
    const units = [...match.matchAll(/_SYSTEMD_UNIT=([\w@.:\\-]+)/g)].map(([, unit = '']) =>
      /\.[a-z]+$/.test(unit) ? unit : `${unit}.service`,
    )
    if (units.length === 0)
      refuse(`journalmatch ${match}`, 'it names no unit (_SYSTEMD_UNIT=); name the source yourself (docs/configuration.md)')
    return units.map((unit) => ({ journal: { unit } }))
  }
  const files = values.lines('logpath').map(({ text }) => text.replace(/\s+(?:head|tail)$/, ''))
  if (files.length === 0) refuse('logpath', `the jail ${name} names no log; name the source yourself (docs/configuration.md)`)
  return files.map((file) => ({ file }))
}
