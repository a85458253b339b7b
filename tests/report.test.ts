import { describe, expect, test } from 'vitest'
import { COLOUR, coverage, eventJson, isWorthReading, PLAIN, type Report, reportJson, reportText, skipReports } from '../src/report.ts'
import type { Decision, Detection, SipEvent } from '../src/types.ts'
import { AT, aBan, prefixBan } from './api/fake-control.ts'

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
const detection: Detection = {
  jail: 'sip-rate',
  stage: 1,
  key: '192.0.2.7',
  ip: '192.0.2.7',
  atMs: AT,
  count: 300,
  hits: [],
  proved: false,
}
const skip = (why: Extract<Decision, { type: 'skip' }>['why']) =>
  skipReports({ type: 'skip', ip: '192.0.2.7', jail: 'sip-rate', why, detection })

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
      node: 'n1',
    })
  })
  test('a skip says why, and a jail that only alerts has an alert before it', () => {
    const at = '2026-01-15T10:30:45.000Z'
    expect(skip('allowed').map(json)).toEqual([{ type: 'skip', ip: '192.0.2.7', jail: 'sip-rate', why: 'allowed', at }])
    expect(skip('alert-only').map(json)).toEqual([
      { type: 'alert', ip: '192.0.2.7', jail: 'sip-rate', key: '192.0.2.7', count: 300, at },
      { type: 'skip', ip: '192.0.2.7', jail: 'sip-rate', why: 'alert-only', at },
    ])
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
    [skip('self')[0]!, 'TIME Ignore  192.0.2.7  [sip-rate] self'],
    [skip('alert-only')[0]!, 'TIME Alert  192.0.2.7  [sip-rate] 300 found, the last one from 192.0.2.7'],
    [{ type: 'notice', message: 'a\x1bb\nc', atMs: AT }, 'TIME a\\x1bb\\x0ac'],
  ])('%#: %s', (report, expected) => {
    expect(text(report)).toBe(expected)
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
    expect(skip('already-banned').map(worth)).toEqual([false])
    expect(skip('alert-only').map(worth)).toEqual([true, false])
    expect(skip('self').map(worth)).toEqual([true])
    expect([worth({ type: 'event', event }), worth({ type: 'event', event: { ...event, counted: false } })]).toEqual([false, true])
    expect(worth({ type: 'found', event })).toBe(true)
  })
})
