/** User-Agents that only scanners send; the same as in share/snippets/kamailio.cfg and opensips.cfg (a test compares them). */
export const SCANNERS = ['friendly-scanner', 'sipvicious', 'sipcli', 'sip-scan', 'sundayddr', 'pplsip', 'iWar', 'VaxSIPUserAgent'] as const

const ANY = new RegExp(SCANNERS.join('|'), 'i')

/** Whether one of the names stands anywhere in a User-Agent, in whatever case. */
export function isScanner(userAgent: string | null): boolean {
  return userAgent !== null && ANY.test(userAgent)
}
