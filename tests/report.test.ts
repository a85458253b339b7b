import { describe, expect, test } from 'vitest'
import {
  COLOUR,
  coverage,
  decisionReport,
  eventJson,
  isWorthReading,
  PLAIN,
  type Report,
  reportJson,
  reportPieces,
  reportText,
} from '../src/report.ts'
import { ALERT_KINDS, type Alert, type SipEvent, type SkipDecision } from '../src/types.ts'
import { AT, aBan, aSkip, prefixBan } from './api/fake-control.ts'

const event: SipEvent = {
  kind: 'failed_registration',
  ip: '192.0.2.7',
  port: 5060,
  transport: 'udp',
  user: '1001',
  domain: 'example.com',
  userAgent: 'friendly\x1b[31m',
  method: 'REGISTER',
  code: 403,
  reason: 'Forbidden',
  contact: null,
  expires: null,
  callId: null,
  requestUri: null,
  atMs: AT,
  proved: false,
  counted: true,
  shadow: false,
  filter: 'opensips',
  rule: 'failed-registration',
  why: null,
  source: '/var/log/sip.log',
  id: 'n1:g1:0',
}
const skip = (why: SkipDecision['why']) => decisionReport(aSkip(why, 'sip-rate'))
const alert: Alert = {
  kind: 'jail_full',
  jail: 'sip-rate',
  key: '192.0.2.7',
  ip: '192.0.2.7',
  port: 5060,
  transport: null,
  user: '1001@example.com',
  count: 300,
  phones: [],
  atMs: AT,
}

describe('as JSON', () => {
  const json = (report: Report) => JSON.parse(reportJson(report)) as unknown
  const FIELDS = {
    kind: 'failed_registration',
    ip: '192.0.2.7',
    port: 5060,
    transport: 'udp',
    user: '1001',
    domain: 'example.com',
    user_agent: 'friendly\x1b[31m',
    method: 'REGISTER',
    code: 403,
    reason: 'Forbidden',
    at: '2026-01-15T10:30:45.000Z',
    filter: 'opensips',
    rule: 'failed-registration',
    counted: true,
    shadow: false,
    proved: false,
  }
  test.each(['event', 'found'] as const)('%s has the fields of classify, its source and its id', (type) => {
    expect(json({ type, event })).toEqual({ type, ...FIELDS, source: '/var/log/sip.log', id: 'n1:g1:0' })
  })
  test('what a line carries more rarely stands only where it does', () => {
    const more = { ...event, ip: null, contact: 'sip:1001@192.0.2.7', expires: 0, callId: 'x', requestUri: 'sip:a', why: 'ambiguous' }
    expect(eventJson(more)).toEqual({
      ...FIELDS,
      ip: null,
      contact: 'sip:1001@192.0.2.7',
      expires: 0,
      call_id: 'x',
      request_uri: 'sip:a',
      why: 'ambiguous',
    })
  })
  test.each(['ban', 'unban', 'restore-ban'] as const)('%s names what is covered and until when', (type) => {
    expect(json({ type, ban: prefixBan(), atMs: AT })).toEqual({
      type,
      ip: '2001:db8::7',
      scope: 'prefix',
      prefix: '2001:db8::/64',
      port: null,
      transport: null,
      jail: 'sip-auth',
      at: '2026-01-15T10:30:45.000Z',
      until: null,
      nth: 1,
      count: 10,
      level: 'unknown',
      evidence: 'proved',
      node: 'n1',
    })
  })
  const at = '2026-01-15T10:30:45.000Z'
  test('a skip says why, and which place of the trust table said so', () => {
    const said = { type: 'skip', ip: '192.0.2.7', jail: 'sip-rate', why: 'allowed', level: 'unknown', evidence: 'request', at }
    expect(json(skip('allowed'))).toEqual(said)
  })
  test('an alert says its kind, whom it is about and which phones may be concerned', () => {
    expect(json(decisionReport({ type: 'alert', alert: { ...alert, phones: ['1002@example.com'] } }))).toEqual({
      ...{ type: 'alert', alert: 'jail_full', jail: 'sip-rate', key: '192.0.2.7', ip: '192.0.2.7', port: 5060, transport: null },
      ...{ user: '1001@example.com', count: 300, phones: ['1002@example.com'], at },
    })
  })
  test('nothing in it can steer a terminal', () => {
    expect(reportJson({ type: 'found', event })).toContain('"user_agent":"friendly\\u001b[31m"')
    expect(reportJson({ type: 'notice', message: '\u202e\x9b', atMs: AT })).toBe(
      '{"type":"notice","message":"\\u202e\\u009b","at":"2026-01-15T10:30:45.000Z"}',
    )
  })
})

describe('as text', () => {
  /** Without the time, which is local. */
  const text = (report: Report) => reportText(report, PLAIN).replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
  test.each<[Report, string]>([
    [{ type: 'found', event }, 'TIME Found  192.0.2.7  opensips/failed-registration 1001@example.com 403 "friendly\\x1b[31m"'],
    [
      { type: 'event', event: { ...event, ip: null, user: null, userAgent: null, code: null } },
      'TIME Event  -  opensips/failed-registration',
    ],
    [
      { type: 'found', event: { ...event, kind: 'door_knock', reason: 'scanner_detected', user: '1', domain: null, userAgent: null } },
      'TIME Found  192.0.2.7  opensips/failed-registration 1 scanner_detected',
    ],
    [{ type: 'ban', ban: aBan(), atMs: AT }, 'TIME Ban  192.0.2.7  [sip-auth] for 1h, until TIME (10 found)'],
    [
      { type: 'restore-ban', ban: { ...prefixBan(), nth: 3 }, atMs: AT },
      'TIME Restore Ban  2001:db8::/64 (2001:db8::7)  [sip-auth] for ever (10 found, ban no. 3)',
    ],
    [{ type: 'unban', ban: aBan({ count: 0 }), atMs: AT }, 'TIME Unban  192.0.2.7  [sip-auth]'],
    [skip('self'), 'TIME Ignore  192.0.2.7  [sip-rate] self'],
    [decisionReport({ type: 'alert', alert }), 'TIME Alert  192.0.2.7  [sip-rate] 300 found, the last one from 192.0.2.7 port 5060'],
    [{ type: 'notice', message: 'a\x1bb\nc', atMs: AT }, 'TIME a\\x1bb\\x0ac'],
  ])('%#: %s', (report, expected) => {
    expect(text(report)).toBe(expected)
    expect(reportPieces(report, PLAIN).join('')).toBe(reportText(report, PLAIN))
  })
  test('an old password that no jail has found names none', () => {
    const said = text(
      decisionReport({ type: 'alert', alert: { ...alert, kind: 'phone_old_password', jail: null, user: '1001@example.com' } }),
    )
    expect(said).toMatch(
      /1001@example\.com fails from 192\.0\.2\.7 port 5060, where that phone succeeded before: an old password\? nothing is banned$/,
    )
  })

  test.each(ALERT_KINDS)('the alert %s names the address, in words of its own, and is escaped', (kind) => {
    const said = text(decisionReport({ type: 'alert', alert: { ...alert, kind, user: 'a\x1b', phones: ['1002', '\x9b'] } }))
    expect(said).toContain('192.0.2.7')
    expect(said).not.toMatch(/[\x1b\x9b]/)
    expect(said).not.toBe(
      text(decisionReport({ type: 'alert', alert: { ...alert, kind: kind === 'jail_full' ? 'peer_failing' : 'jail_full' } })),
    )
  })
  test('each line has the time of its own second', () => {
    const timeOf = (atMs: number) => reportText({ type: 'notice', message: 'x', atMs }, PLAIN).slice(17, 19)
    expect([0, 999, 1000, 61_000, 0].map((ms) => timeOf(AT + ms))).toEqual(['45', '45', '46', '46', '45'])
  })
  test('a terminal may have colour', () => {
    expect(reportText({ type: 'ban', ban: aBan(), atMs: AT }, COLOUR)).toContain('\x1b[31mBan\x1b[0m')
  })
  test('an endpoint is named by its port and transport', () => {
    expect(coverage(aBan({ scope: 'endpoint', port: 5060, transport: 'udp' }))).toBe('192.0.2.7 port 5060/udp')
    expect(coverage(aBan({ scope: 'endpoint', port: 5060 }))).toBe('192.0.2.7 port 5060/any')
  })
  test('what another line says is not worth reading', () => {
    const worth = (report: Report) => isWorthReading(report)
    const why = ['already-banned', 'alert-only', 'peer', 'phone', 'self'] as const
    expect(why.map((one) => worth(skip(one)))).toEqual([false, false, false, false, true])
    expect(worth(decisionReport({ type: 'alert', alert }))).toBe(true)
    expect([worth({ type: 'event', event }), worth({ type: 'event', event: { ...event, counted: false } })]).toEqual([false, true])
    expect(worth({ type: 'found', event })).toBe(true)
  })
})
