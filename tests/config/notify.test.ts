import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, packageRoot } from '../../src/config/index.ts'

const VALID = join(packageRoot, 'fixtures/config/valid/config')
const notifyOf = (name: string) => loadConfig(join(VALID, `${name}.yaml`), SHIPPED).notify
const SHIPPED = { filtersDir: join(VALID, '../../shipped/filters'), jailsDir: join(VALID, '../../shipped/jails') }

describe('a configuration', () => {
  test('tells nobody where it names no channel', () => {
    expect(notifyOf('empty')).toEqual({ channels: [], severity: {}, cooldownMs: 3_600_000, daily: { hour: 8, minute: 0 } })
  })

  test('tells of everything by each channel, but where severities are named', () => {
    const { channels, ...rest } = notifyOf('every-key')
    expect(rest).toEqual({
      severity: { peer_failing: 'critical', jail_full: 'none', source_silent: 'warning' },
      cooldownMs: 7_200_000,
      daily: { hour: 7, minute: 30 },
    })
    const everything = ['critical', 'error', 'warning', 'daily']
    expect(channels).toEqual([
      {
        ...{ type: 'webhook', severities: ['critical', 'error'], format: 'slack' },
        url: 'https://hooks.example.net/services/T0/B0/secret',
      },
      { type: 'webhook', severities: everything, url: 'http://[::1]:8080/sipguard', format: 'json' },
      { type: 'webhook', severities: everything, url: 'http://192.0.2.1/sipguard', format: 'json' },
      { type: 'exec', severities: ['critical'], argv: ['/usr/local/bin/page', '--to', 'noc'] },
      {
        ...{ type: 'mail', severities: ['warning', 'daily'], to: ['noc@example.net', 'admin@example.net'], from: 'sipguard@example.net' },
        smtp: { host: 'mail.example.net', port: 465, tls: 'always', verify: true, user: 'noc', password: 'p@ss' },
      },
    ])
  })

  test('sends no password in the clear to another machine, but where that is wanted', () => {
    const { channels, daily } = notifyOf('notify-mail')
    expect(daily).toBeNull()
    expect(channels.map((channel) => (channel.type === 'mail' ? channel.smtp : null))).toEqual([
      { host: '127.0.0.1', port: 25, tls: 'none', verify: true, user: null, password: '' },
      { host: 'mail.example.net', port: 587, tls: 'needed', verify: true, user: 'noc', password: 'hunter2' },
      { host: 'mail.example.net', port: 25, tls: 'offered', verify: true, user: null, password: '' },
      { host: 'mail.example.net', port: 25, tls: 'offered', verify: false, user: 'noc', password: 'hunter2' },
    ])
  })
})
