import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HEALTH_KINDS } from '../../src/health-kinds.ts'
import { noticesDraft } from '../../src/notify/compose.ts'
import { alertNotice, oneLine, severityOf, troubleKind, troubleNotice } from '../../src/notify/notice.ts'
import { ALERT_KINDS } from '../../src/types.ts'
import { root } from '../sipguard.ts'
import { AT_MS, alertOf, HOSTILE, noticeOf } from './samples.ts'

describe('how urgent a kind is', () => {
  test('each has a severity, which the configuration may change', () => {
    for (const kind of [...ALERT_KINDS, ...HEALTH_KINDS]) expect(severityOf(kind, {}), kind).toMatch(/^(?:critical|error|warning)$/)
    expect(severityOf('peer_failing', { peer_failing: 'critical' })).toBe('critical')
    expect(severityOf('peer_failing', { peer_failing: 'none' })).toBe('none')
    expect(severityOf('jail_full', { peer_failing: 'none' })).toBe('warning')
  })
})

describe('troubles of the daemon', () => {
  /** The first words of each key that the daemon gives a trouble. */
  const keys = globSync('src/daemon/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:degraded|found)\.set\(\s*[`']([a-z ]+?)(?:['`]| \$)/g)].map(
      ([, key]) => key!,
    ),
  )

  test('have a kind of their own', () => {
    expect(keys.length).toBeGreaterThan(8)
    expect(keys.filter((key) => troubleKind(key) === 'degraded')).toEqual([])
  })

  test('are told with what they are about', () => {
    expect(troubleNotice('silent /var/log/a.log', 'it says nothing', 'error', AT_MS)).toEqual({
      ...{ kind: 'source_silent', severity: 'error', subject: '/var/log/a.log', text: 'it says nothing' },
      ...{ atMs: AT_MS, over: false, details: null },
    })
    expect(troubleNotice('records refused', 'x', 'warning', AT_MS)).toMatchObject({ kind: 'records_refused', subject: '' })
    expect(troubleNotice('records', 'x', 'warning', AT_MS)).toMatchObject({ kind: 'records_away', subject: '' })
    expect(troubleNotice('something new', 'x', 'warning', AT_MS)).toMatchObject({ kind: 'degraded', subject: 'something new' })
  })
})

describe('an alert', () => {
  test.each([
    ['credential_suspect', '1001@example.com at 192.0.2.7'],
    ['user_under_attack', 'the key'],
    ['jail_full', '192.0.2.7'],
  ] as const)('%s is about %s', (kind, subject) => {
    expect(alertNotice(alertOf({ kind, key: 'the key' }), 'warning').subject).toBe(subject)
  })

  test.each(HOSTILE)('is one bounded line of each text, whatever an attacker wrote: %#', (text) => {
    for (const kind of ALERT_KINDS) {
      const notice = alertNotice(alertOf({ kind, user: text, key: text, jail: text, detail: text, phones: [text, text] }), 'critical')
      const { subject, text: body } = noticesDraft('pbx', 'critical', [{ kind, count: 1, newest: [notice] }], AT_MS)
      for (const line of [notice.subject, notice.text, subject]) {
        expect(line).not.toMatch(/[\0-\x1f\x7f-\x9f\u2028-\u202e\p{Cs}]/u)
        expect(line.length).toBeLessThanOrEqual(300)
      }
      expect(body.split('\n')).toHaveLength(1)
      expect(JSON.stringify(notice).length).toBeLessThan(5000)
    }
  })

  test('is never cut in the middle of a character', () => {
    expect(oneLine(`${'x'.repeat(8)}😀😀`, 10)).toBe(`${'x'.repeat(8)}…`)
    expect(oneLine('😀'.repeat(5), 10)).toBe('😀'.repeat(5))
    expect(oneLine('1234567890', 10)).toBe('1234567890')
  })
})

describe('a message', () => {
  const stampOf = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g

  test('of one notice names what it is about', () => {
    const { subject, text } = noticesDraft('pbx', 'critical', [{ kind: 'jail_full', count: 1, newest: [noticeOf()] }], AT_MS)
    expect([subject, text.replace(stampOf, 'AT')]).toEqual(['sipguard pbx critical: jail_full 192.0.2.7', 'AT  jail_full  something'])
  })

  test('of several counts them, and shows the newest', () => {
    const over = noticeOf({ kind: 'source_silent', text: 'a.log', over: true })
    const groups = [
      { kind: 'jail_full', count: 12, newest: [noticeOf()] },
      { kind: 'source_silent', count: 1, newest: [over] },
    ] as const
    const { subject, text } = noticesDraft('pbx', 'warning', groups, AT_MS)
    expect(subject).toBe('sipguard pbx warning: jail_full 12, source_silent 1')
    expect(text.replace(stampOf, 'AT').split('\n')).toEqual([
      'AT  jail_full  something',
      'and 11 more jail_full before',
      'AT  over: source_silent  a.log',
    ])
  })
})
