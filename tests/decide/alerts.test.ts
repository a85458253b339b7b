import { expect, test } from 'vitest'
import { Alerts } from '../../src/decide/alerts.ts'
import type { Alert } from '../../src/types.ts'
import { HOUR } from '../detect/samples.ts'

const alertOf = (given: Partial<Alert> = {}): Alert => ({
  ...{ kind: 'phone_failing', jail: 'sip-auth', key: '192.0.2.1', ip: '192.0.2.1', port: 5060, transport: null },
  ...{ user: '1001@example.com', count: 10, phones: [], atMs: 0 },
  ...given,
})
const raise = (alerts: Alerts, given: Partial<Alert>) => {
  const alert = alertOf(given)
  return alerts.raise(alert.kind, alert)
}
/** Whether each of these is said. */
const said = (...given: Partial<Alert>[]) => {
  const alerts = new Alerts()
  return given.map((one) => raise(alerts, one))
}

test('an alert is said once an hour', () => {
  expect(said({}, { atMs: HOUR - 1 }, { atMs: HOUR }, { atMs: HOUR + 1 })).toEqual([true, false, true, false])
})

test('a line that comes late does not say it again', () => {
  expect(said({ atMs: HOUR }, { atMs: 1 })).toEqual([true, false])
})

test('each kind, jail and address is said by itself', () => {
  expect(said({}, { kind: 'peer_failing' }, { jail: 'sip-enum' }, { ip: '192.0.2.2' })).toEqual([true, true, true, true])
})

test('many users who fail at one address are one alert', () => {
  expect(said({}, { user: '1002@example.com' }, { port: 5061 })).toEqual([true, false, false])
})

test('many addresses that attack one user are one alert', () => {
  const attack = (ip: string, key: string) => ({ kind: 'user_under_attack', ip, key }) as const
  expect(said(attack('192.0.2.1', '1001'), attack('192.0.2.2', '1001'), attack('192.0.2.2', '1002'))).toEqual([true, false, true])
})

test('an old password or a suspect credential is one alert for each user, whichever jail finds it', () => {
  for (const kind of ['phone_old_password', 'credential_suspect'] as const) {
    expect(said({ kind }, { kind, jail: null }, { kind, user: '1002' })).toEqual([true, false, true])
  }
})

test('what is remembered is bounded: past 50,000 the oldest may be said twice', () => {
  const alerts = new Alerts()
  for (let i = 0; i <= 50_000; i++) raise(alerts, { ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` })
  expect(raise(alerts, { ip: '10.0.0.1' })).toBe(false)
  expect(raise(alerts, { ip: '10.0.0.0' })).toBe(true)
})
