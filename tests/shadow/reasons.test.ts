import { describe, expect, test } from 'vitest'
import { createFail2BanLog } from '../../src/shadow/fail2ban-log.ts'
import type { Mentions } from '../../src/shadow/mentions.ts'
import { type OwnBan, whyOnlyFail2Ban, whyOnlySipguard } from '../../src/shadow/reasons.ts'
import type { Sight } from '../../src/shadow/sights.ts'

const at = (time: string) => Date.parse(`2026-01-15T${time}Z`)
function logOf(...lines: readonly string[]) {
  const { log, line } = createFail2BanLog('UTC')
  for (const text of lines) line(`2026-01-15 ${text}`, at('23:00:00'))
  return log
}
const found = (time: string, ip: string) => `${time},101 fail2ban.filter [1]: INFO [asterisk] Found ${ip} - 2026-01-15 ${time}`
const SETTINGS = [
  "09:00:00,000 fail2ban.jail [1]: INFO Creating new jail 'asterisk'",
  '09:00:00,000 fail2ban.filter [1]: INFO   maxRetry: 3',
  '09:00:00,000 fail2ban.filter [1]: INFO   findtime: 60',
]
const BAN = '10:00:30,000 fail2ban.actions [1]: NOTICE [asterisk] Ban 198.51.100.1'

describe('why only sipguard banned', () => {
  const ban: OwnBan = {
    ...{ ip: '192.0.2.7', scope: 'address', prefix: null, port: null, transport: null, jail: 'sip-auth', rule: 'asterisk/a' },
    ...{ fromMs: at('10:00:00'), untilMs: at('11:00:00'), nth: 1, count: 10, level: 'unknown', evidence: 'unproved', node: 'shadow' },
  }
  const why = (...lines: readonly string[]) => {
    const [here, theirs] = whyOnlySipguard(ban, logOf(...lines), ['asterisk', 'other']).split('; ')
    expect(here).toBe('[sip-auth] 10 found, the last one asterisk/a')
    return theirs
  }

  test('Fail2Ban found nothing of it', () => {
    expect(why(...SETTINGS, found('10:00:00', '192.0.2.8'))).toBe(
      'Fail2Ban found no line of it: its filter does not know these lines, or it does not read this log',
    )
  })

  test('Fail2Ban found too few: the most within one findtime around the ban', () => {
    const times = ['09:58:00', '09:59:30', '10:00:20', '10:30:00', '12:00:00', '12:00:01', '12:00:02']
    expect(why(...SETTINGS, ...times.map((time) => found(time, ban.ip)))).toBe("Fail2Ban's [asterisk] found 2 of 3 within 1m")
  })

  test('how many it would have taken is not said where the log does not say it', () => {
    expect(why(found('10:00:00', ban.ip))).toBe("Fail2Ban's [asterisk] found 1")
  })

  test('Fail2Ban ignores the address', () => {
    const ignore = '10:00:00,101 fail2ban.filter [1]: INFO [other] Ignore 192.0.2.7 by ip'
    expect(why(...SETTINGS, ignore)).toBe('Fail2Ban ignores the address ([other] ignoreip)')
  })

  test('Fail2Ban was not running', () => {
    const [end, start] = [
      '09:59:00,000 fail2ban.server [1]: INFO Exiting Fail2ban',
      '10:00:01,000 fail2ban.server [2]: INFO Starting Fail2ban v1',
    ]
    expect(why(...SETTINGS, end!, start!)).toBe('Fail2Ban was not running')
    expect(why(...SETTINGS, start!, end!.replace('09:59', '10:59'), found('10:00:00', ban.ip))).toBe(
      "Fail2Ban's [asterisk] found 1 of 3 within 1m",
    )
  })

  test('its log does not say what it finds', () => {
    expect(why(BAN)).toBe("Fail2Ban's log does not say what it finds (its loglevel is above INFO)")
  })
})

describe('why only Fail2Ban banned', () => {
  const ban = { ip: '203.0.113.66', jail: 'asterisk', fromMs: at('10:00:30'), untilMs: null }
  const sight = (more: Partial<Sight> = {}): Sight => ({
    cause: 'nothing-seen',
    text: 'nothing was seen',
    phones: [],
    later: new Set(),
    ...more,
  })
  const mentions = (more: Partial<Mentions>): Mentions => ({
    ...{ lines: 3, ambiguous: 0, unknown: 0, senders: new Map(), source: '/var/log/a', offset: 120, ...more },
  })
  const log = logOf(...SETTINGS, found('10:00:00', ban.ip))
  const why = (seen: Sight, mentioned: Mentions | null = null) => whyOnlyFail2Ban(ban, seen, mentioned, log)

  test('what is known of it here, in the words of why-not', () => {
    expect(why(sight({ cause: 'peer', text: '203.0.113.66 is a peer' }))).toBe('203.0.113.66 is a peer')
  })

  test('others wrote its address into their lines', () => {
    const senders = new Map(['198.51.100.7', '198.51.100.8', '198.51.100.9', '198.51.100.10'].map((ip) => [ip, 1]))
    expect(why(sight(), mentions({ lines: 4, senders }))).toBe(
      'it did nothing: its address is text in lines of others (4: 1 of 198.51.100.7, 1 of 198.51.100.8, 1 of 198.51.100.9, others; the last one: /var/log/a @120)',
    )
  })

  test('lines name it, and whose they are is not known', () => {
    expect(why(sight(), mentions({ ambiguous: 1, unknown: 2 }))).toBe(
      'no line is known as its own (3: 1 that may be read in more than one way, 2 that no rule knows; the last one: /var/log/a @120)',
    )
    expect(why(sight())).toBe('no line of 203.0.113.66 is in the logs that were read')
  })

  test('Fail2Ban had found nothing itself', () => {
    const byHand = whyOnlyFail2Ban(ban, sight({ text: 'x', cause: 'x' }), null, logOf(...SETTINGS, found('09:00:00', ban.ip), BAN))
    expect(byHand).toBe('x; Fail2Ban had found no line of it: somebody may have banned it by hand')
  })

  test('somebody succeeded from there later who was not known before', () => {
    const later = new Set(['1001', '1002', '1003', '1004', '1005', '1006', '1007'])
    expect(why(sight({ cause: 'x', text: 'x', phones: ['1001'], later }))).toBe(
      'x; 1002, 1003, 1004, 1005, 1006, … succeeded from there later',
    )
  })
})
