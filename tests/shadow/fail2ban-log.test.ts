import { describe, expect, test } from 'vitest'
import { createFail2BanLog } from '../../src/shadow/fail2ban-log.ts'

const NOW = Date.UTC(2026, 0, 16)
const at = (time: string) => Date.parse(`2026-01-15T${time}Z`)

function read(lines: readonly string[], tz = 'UTC') {
  const { log, line } = createFail2BanLog(tz)
  for (const text of lines) line(text, NOW)
  return log
}
/** As a `logtarget` that is a file has it. */
const said = (time: string, part: string, level: string, message: string) =>
  `2026-01-15 ${time} ${`fail2ban.${part}`.padEnd(24)}[1201]: ${level.padEnd(7)} ${message}`
const action = (time: string, message: string) => said(time, 'actions', 'NOTICE', message)
const filter = (time: string, message: string) => said(time, 'filter', 'INFO', message)
const started = (bantime: number) => [
  said('09:00:00,000', 'server', 'INFO', 'Starting Fail2ban v1.0.2'),
  said('09:00:00,100', 'jail', 'INFO', "Creating new jail 'asterisk'"),
  filter('09:00:00,200', '  maxRetry: 3'),
  filter('09:00:00,300', '  findtime: 600'),
  said('09:00:00,400', 'actions', 'INFO', `  banTime: ${bantime}`),
]

describe('a log of Fail2Ban', () => {
  test('tells each ban with its end: the Unban, else the bantime of its jail', () => {
    const log = read([
      ...started(600),
      action('10:00:00,250', '[asterisk] Ban 192.0.2.7'),
      action('10:00:01,000', '[asterisk] Ban 2001:DB8:0::7'),
      action('10:05:00,000', '[asterisk] Unban 192.0.2.7'),
    ])
    expect(log.bans).toEqual([
      { ip: '192.0.2.7', jail: 'asterisk', fromMs: at('10:00:00.250'), untilMs: at('10:05:00') },
      { ip: '2001:db8::7', jail: 'asterisk', fromMs: at('10:00:01'), untilMs: at('10:10:01') },
    ])
    expect(log.jails.get('asterisk')).toEqual({ maxretry: 3, findtime: 600, bantime: 600 })
  })

  test('a ban whose end is not told is open', () => {
    expect(read([action('10:00:00,000', '[sip] Ban 192.0.2.7')]).bans).toMatchObject([{ untilMs: null }])
    expect(read([...started(-1), action('10:00:00,000', '[asterisk] Ban 192.0.2.7')]).bans).toMatchObject([{ untilMs: null }])
  })

  test('a ban that is restored goes on; one from before the log begins', () => {
    const log = read([
      ...started(3600),
      action('10:00:00,000', '[asterisk] Ban 192.0.2.7'),
      action('10:10:00,000', '[asterisk] Unban 192.0.2.7'),
      said('10:10:01,000', 'server', 'INFO', 'Exiting Fail2ban'),
      said('10:12:00,000', 'server', 'INFO', 'Starting Fail2ban v1.0.2'),
      action('10:12:01,000', '[asterisk] Restore Ban 192.0.2.7'),
      action('10:12:01,000', '[asterisk] Restore Ban 192.0.2.8'),
    ])
    expect(log.bans).toMatchObject([
      { ip: '192.0.2.7', fromMs: at('10:00:00'), untilMs: at('11:00:00') },
      { ip: '192.0.2.8', fromMs: at('10:12:01') },
    ])
    expect(log.pauses).toEqual([{ fromMs: at('10:10:01'), untilMs: at('10:12:00') }])
  })

  test('a ban that is made longer ends then', () => {
    const increased = (end: string) => said('10:00:00,100', 'observer', 'NOTICE', `[asterisk] Increase Ban 192.0.2.7 (2 # ${end})`)
    const banned = [...started(600), action('10:00:00,000', '[asterisk] Ban 192.0.2.7')]
    expect(read([...banned, increased('2:00:00 -> 2026-01-15 12:00:00')]).bans).toMatchObject([{ untilMs: at('12:00:00') }])
    expect(read([...banned, increased('permanent -> infinite')]).bans).toMatchObject([{ untilMs: null }])
  })

  test('what it found counts at the time of the line that it read; what it ignores is told', () => {
    const log = read([
      filter('10:00:05,101', '[asterisk] Found 192.0.2.7 - 2026-01-15 10:00:00'),
      filter('10:00:05,102', '[asterisk] Ignore 192.0.2.99 by ip'),
      said('10:00:05,103', 'observer', 'INFO', '[asterisk] Found 192.0.2.7, bad - 2026-01-15 10:00:00, 1 # -> 2.0'),
      said('10:00:06,000', 'actions', 'NOTICE', '[asterisk] 192.0.2.7 already banned'),
    ])
    expect(log.found).toEqual(new Map([['asterisk', new Map([['192.0.2.7', [at('10:00:00')]]])]]))
    expect(log.ignored).toEqual(new Map([['asterisk', new Set(['192.0.2.99'])]]))
    expect(log.bans).toEqual([])
  })

  test.each([
    [
      'a file, with the time of another zone',
      '2026-01-15 11:00:00,000 fail2ban.actions        [1201]: NOTICE  [asterisk] Ban 192.0.2.7',
      'Europe/Berlin',
    ],
    ['an old version', '2026-01-15 10:00:00,000 fail2ban.actions: WARNING [asterisk] Ban 192.0.2.7', 'UTC'],
    ['syslog', 'Jan 15 10:00:00 sbc1 fail2ban.actions[1201]: NOTICE [asterisk] Ban 192.0.2.7', 'UTC'],
    [
      'syslog with the year',
      '2026-01-15T10:00:00.000000+00:00 sbc1 fail2ban.actions        [1201]: NOTICE  [asterisk] Ban 192.0.2.7',
      'Asia/Tokyo',
    ],
    ['what it wrote to the journal', '2026-01-15T10:00:00+0000 sbc1 fail2ban[1201]: [asterisk] Ban 192.0.2.7', 'Asia/Tokyo'],
    [
      'what the journal took from its output',
      'Jan 15 10:00:00 sbc1 fail2ban-server[1201]: fail2ban.actions        [1201]: NOTICE  [asterisk] Ban 192.0.2.7',
      'UTC',
    ],
  ])('is read as %s', (_form, line, tz) => {
    expect(read([line], tz).bans).toMatchObject([{ ip: '192.0.2.7', jail: 'asterisk', fromMs: at('10:00:00') }])
  })

  test('lines of others, bans of no address, and what only looks like a ban are no bans', () => {
    const log = read([
      'Jan 15 10:00:00 sbc1 sshd[812]: Failed password for 2026 fail2ban.actions [1]: NOTICE [asterisk] Ban 192.0.2.7',
      action('10:00:00,000', '[asterisk] Ban 192.0.2.0/24'),
      action('10:00:00,000', '[asterisk] Ban someone@example.com'),
      action('10:00:00,000', '[asterisk] Ban 192.0.2.700'),
      said('10:00:00,000', 'utils', 'ERROR', 'exec: [asterisk] Ban 192.0.2.7'),
      '2026-02-31 10:00:00,000 fail2ban.actions [1]: NOTICE [asterisk] Ban 192.0.2.7',
    ])
    expect(log.bans).toEqual([])
    expect([log.lines, log.own, log.foreign?.slice(0, 20)]).toEqual([6, 4, 'Jan 15 10:00:00 sbc1'])
    expect([log.firstMs, log.lastMs]).toEqual([at('10:00:00'), at('10:00:00')])
  })
})
