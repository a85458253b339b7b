import { didYouMean } from '../config/index.ts'
import { SipguardError } from '../errors.ts'
import type { Fail2BanLog } from './fail2ban-log.ts'

/** How jails for SIP are called. */
const SIP = /asterisk|freeswitch|kamailio|opensips|sip|voip|pbx/i

export interface ComparedJails {
  readonly jails: readonly string[]
  /** The others that banned somebody. */
  readonly leftOut: readonly { readonly jail: string; readonly bans: number }[]
}

/**
 * The jails of a log that are compared: those that are named, else those that are called for SIP.
 * @throws SipguardError USAGE where one is not in the log, or none is for SIP
 */
export function jailsOf(log: Fail2BanLog, named: readonly string[]): ComparedJails {
  const all = [...log.jails.keys()]
  const bans = Map.groupBy(log.bans, ({ jail }) => jail)
  const missing = named.find((jail) => !log.jails.has(jail))
  if (missing !== undefined)
    throw new SipguardError(
      'USAGE',
      `--jail: Fail2Ban's log knows no jail '${missing}'${didYouMean(missing, all) || `; it has ${all.join(', ')}`}`,
    )
  const jails = named.length > 0 ? [...new Set(named)] : all.filter((jail) => SIP.test(jail))
  if (jails.length === 0 && all.length > 0) {
    throw new SipguardError('USAGE', `no jail in Fail2Ban's log is named for SIP; it has ${all.join(', ')}: choose by --jail`)
  }
  const others = all.filter((jail) => !jails.includes(jail) && bans.has(jail))
  return { jails, leftOut: others.map((jail) => ({ jail, bans: bans.get(jail)!.length })) }
}
