import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  isTimeZone,
  loadConfig,
  loadFilterFile,
  loadJailFile,
  loadShippedFilters,
  machineTimeZone,
  packageRoot,
} from '../../src/config/index.ts'
import { didYouMean } from '../../src/config/names.ts'

const FIXTURES = join(packageRoot, 'fixtures/config')
const SHIPPED = { filtersDir: join(FIXTURES, 'shipped/filters'), jailsDir: join(FIXTURES, 'shipped/jails') }

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-config-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function write(name: string, content: string | Buffer): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

describe('a filter', () => {
  test('has every key of its file', () => {
    const filter = loadFilterFile(join(FIXTURES, 'valid/filter/every-key.yaml'))
    expect(filter.programs).toEqual(['kamailio', 'ser'])
    expect(filter.echo).toEqual(['^REQUEST: <F-METHOD> from <ADDR>:<PORT> to .*$'])
    expect(filter.rules[0]).toEqual({
      id: 'auth-failed',
      kind: 'failed_auth',
      reason: null,
      failregex: '^Auth failed: ip=<ADDR>:<PORT> user=<F-USER>[^ ]*</F-USER>$',
      ignoreregex: '^Auth failed: ip=<ADDR>:<PORT> user=monitor$',
      guarantees: { user: { alphabet: '[^ ]', source: 'RFC 3261 25.1' } },
      verdict: 'runtime',
      shadow: true,
      counted: false,
      ipv6: 'any',
      set: { method: 'REGISTER', transport: 'tls', code: 403, expires: 0, reason: 'Forbidden', domain: 'example.com' },
    })
  })

  test("gives its rules its own spelling of IPv6, its prefix as its program's name, and no echo", () => {
    const filter = loadFilterFile(join(FIXTURES, 'valid/filter/every-key.yaml'))
    expect(filter.rules[1]?.ipv6).toBe('bracketed')
    const smallest = loadFilterFile(join(FIXTURES, 'valid/filter/smallest.yaml'))
    expect(smallest).toMatchObject({ name: 'smallest', prefix: 'asterisk', programs: ['asterisk'], echo: [] })
    expect(smallest.rules[0]).toEqual({
      id: 'flood',
      kind: 'flood',
      reason: null,
      failregex: '^Flood from <ADDR>$',
      ignoreregex: null,
      guarantees: {},
      verdict: 'proved',
      shadow: false,
      counted: true,
      ipv6: 'any',
      set: {},
    })
  })

  test.each([
    ['failed_auth', 'ip=<ADDR>', '', true],
    ['failed_auth', 'user=<F-USER>', '', false],
    ['failed_auth', 'ip=<ADDR>', 'counted: false', false],
    ['request', 'ip=<ADDR>', '', false],
    ['request', 'ip=<ADDR>', 'counted: true', true],
    ['door_knock', 'ip=<ADDR>', 'reason: acl_denied', true],
    ['door_knock', 'ip=<ADDR>', 'reason: setid_not_found', false],
    ['door_knock', 'ip=<ADDR>', 'reason: query_failed', false],
  ])('counts a %s of %s %s: %s', (kind, pattern, extra, counted) => {
    const path = write(
      'counts.yaml',
      `name: counts\nprefix: kamailio\nrules:\n  - id: a\n    kind: ${kind}\n    failregex: '^${pattern}$'\n    ${extra}\n`,
    )
    expect(loadFilterFile(path).rules[0]?.counted).toBe(counted)
  })
})

describe('a jail', () => {
  test('has every key of its file, durations in ms', () => {
    expect(loadJailFile(join(FIXTURES, 'valid/jail/every-key.yaml'))).toEqual({
      name: 'every-key',
      kinds: ['failed_registration', 'door_knock'],
      reasons: ['!scanner_detected', 'Forbidden'],
      methods: ['REGISTER'],
      filters: ['!asterisk'],
      by: ['ip', 'user'],
      distinct: null,
      maxretry: 10,
      findtimeMs: 600_000,
      bantimeMs: null,
      increment: { factor: 1.5, maxtimeMs: 2_419_200_000 },
      unless: 'success',
      alertonly: false,
      // biome-ignore lint/suspicious/noThenProperty: the second stage of a jail
      then: { by: ['user', 'ip'], maxretry: 2, findtimeMs: 86_400_000, bantimeMs: 3_600_000 },
    })
  })

  test('counts by address and leaves the rest out unless it says so', () => {
    expect(loadJailFile(join(FIXTURES, 'valid/jail/smallest.yaml'))).toEqual({
      name: 'smallest',
      kinds: ['flood'],
      reasons: null,
      methods: null,
      filters: null,
      by: ['ip'],
      distinct: null,
      maxretry: 1,
      findtimeMs: 600_000,
      bantimeMs: 600_000,
      increment: null,
      unless: null,
      alertonly: false,
      // biome-ignore lint/suspicious/noThenProperty: the second stage of a jail
      then: null,
    })
  })

  test('that only alerts needs no bantime', () => {
    expect(loadJailFile(join(FIXTURES, 'valid/jail/alert-only.yaml'))).toMatchObject({ alertonly: true, bantimeMs: 60_000 })
  })
})

describe('a configuration', () => {
  const config = () => loadConfig(join(FIXTURES, 'valid/config/every-key.yaml'), SHIPPED)

  test('reads its sources, relative paths from its own folder', () => {
    expect(config().sources).toEqual([
      { type: 'file', file: '/var/log/opensips/*.log', filter: 'sample' },
      { type: 'file', file: join(FIXTURES, 'valid/config/logs/sip.log'), filter: null },
      { type: 'journal', units: ['kamailio.service'], identifiers: [], directory: null, filter: null },
      {
        type: 'journal',
        units: ['asterisk.service', 'asterisk@2.service'],
        identifiers: ['asterisk'],
        directory: join(FIXTURES, 'valid/config/journals'),
        filter: null,
      },
      { type: 'syslog', host: '127.0.0.1', port: 5514, protocols: ['udp'], from: null, filter: null },
      {
        type: 'syslog',
        host: '2001:db8::1',
        port: 514,
        protocols: ['udp', 'tcp'],
        from: ['192.0.2.0/24', '2001:db8:1::/48'],
        filter: null,
      },
      { type: 'hep', host: '127.0.0.1', port: 9060, protocols: ['udp'], from: null, key: null },
      { type: 'hep', host: '2001:db8::1', port: 9060, protocols: ['udp', 'tcp'], from: ['192.0.2.0/24'], key: 'mirror' },
      { type: 'stdin', filter: null },
      { type: 'docker', container: 'asterisk', root: '/var/lib/docker', filter: null },
      { type: 'docker', container: '0123456789ab', root: join(FIXTURES, 'valid/config/docker'), filter: 'sample' },
      { type: 'hep', host: '127.0.0.1', port: 9061, protocols: ['tcp'], from: null, key: null },
    ])
    expect(config().prefer).toBe('none')
  })

  test("lays a jail's keys over the shipped jail, and null takes one away", () => {
    const { jails } = config()
    expect(jails.map((jail) => jail.name)).toEqual(['sip-auth', 'sip-knock', 'my-jail'])
    expect(jails[0]).toMatchObject({ maxretry: 5, findtimeMs: 300_000, bantimeMs: 3_600_000, increment: null })
    expect(jails[1]).toMatchObject({ maxretry: 10, reasons: ['!scanner_detected'] })
    expect(jails[2]).toMatchObject({ kinds: ['flood'], filters: ['own-filter'], bantimeMs: null })
  })

  test('adds its own filters to the shipped ones', () => {
    expect(config().filters.map((filter) => filter.name)).toEqual(['sample', 'own-filter'])
  })

  test('puts an own filter in the place of the shipped one of the same name', () => {
    mkdirSync(join(dir, 'own'), { recursive: true })
    write('own/sample.yaml', "name: sample\nprefix: asterisk\nrules:\n  - { id: a, kind: flood, failregex: '^x <ADDR>$' }\n")
    const { filters } = loadConfig(write('replaces.yaml', 'filters: [own/sample.yaml]\n'), SHIPPED)
    expect(filters.map((filter) => [filter.name, filter.prefix])).toEqual([['sample', 'asterisk']])
  })

  test('gives addresses and names in their canonical form', () => {
    expect(config().ignoreip).toEqual(['192.0.2.0/24', '2001:db8::1', '198.51.100.7', '10.0.0.0/8', 'phones.example.net'])
    expect(config().self).toEqual(['203.0.113.9'])
    expect(config().peers).toEqual(['192.0.2.10', '2001:db8:1::/48', 'carrier.example.net'])
  })

  test('reads the rest', () => {
    expect(config()).toMatchObject({
      enforce: 'nftables',
      never: [
        { protocol: 'tcp', port: 22 },
        { protocol: 'udp', port: 1194 },
      ],
      tz: 'Europe/Berlin',
      store: { type: 'embedded', maxkeys: 5000 },
      trust: { phoneMs: 14 * 864e5, maxUsers: 3, maxPorts: 4 },
      unproved: { maxbantimeMs: null },
    })
  })

  test('has one or more URLs of a shared store, Valkey’s as Redis’s', () => {
    const storeOf = (name: string) => loadConfig(join(FIXTURES, `valid/config/${name}.yaml`), SHIPPED).store
    expect(storeOf('store-redis')).toEqual({
      ...{ type: 'redis', maxkeys: 5000, prefix: 'edge', publishPeers: true },
      urls: ['rediss://sbc:hunter2@192.0.2.1:6380', 'redis://[2001:db8::1]'],
    })
    expect(storeOf('store-as-a-url')).toMatchObject({
      type: 'redis',
      prefix: 'sipguard',
      publishPeers: false,
      urls: ['redis://127.0.0.1:6379/2'],
    })
  })

  test('of an empty file is the defaults', () => {
    const path = join(FIXTURES, 'valid/config/empty.yaml')
    expect(loadConfig(path, SHIPPED)).toEqual({ ...loadConfig(null, SHIPPED), path })
  })

  test('tells the faults of the filter files it names with its own, each under its file', () => {
    const filter = write('broken.yaml', 'name: broken\nprefix: asterisk\nrules: 5\n')
    const path = write('names-broken.yaml', 'filters: [broken.yaml]\nenforce: yes\n')
    expect(() => loadConfig(path, SHIPPED)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        exitStatus: 2,
        message: `${path}:2:10: enforce: expected one of none, nftables, iptables, got 'yes'\n${filter}:3:8: rules: expected a list of rules, got 5`,
      }),
    )
  })
})

describe('a file that cannot be read', () => {
  test.each([
    ['does not exist', '/nowhere/sipguard.yaml', 'no such file or directory'],
    ['is a folder', tmpdir(), 'illegal operation on a directory'],
  ])('because it %s is CONFIG_UNREADABLE', (_, path, reason) => {
    expect(() => loadConfig(path)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE', message: `cannot read ${path}: ${reason}` }),
    )
  })

  test('a missing folder of shipped filters is told, never taken as none', () => {
    expect(() => loadShippedFilters('/nowhere')).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE', message: 'cannot read /nowhere: no such file or directory' }),
    )
  })

  test('because it is not UTF-8 is CONFIG_INVALID', () => {
    const path = write('latin1.yaml', Buffer.from('tz: \xe9\n', 'latin1'))
    expect(() => loadConfig(path)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: `${path}:1:1: YAML: the file is not UTF-8 text` }),
    )
  })

  test('because it is nested without end is CONFIG_INVALID', () => {
    const path = write('deep.yaml', `ignoreip: ${'['.repeat(100_000)}`)
    expect(() => loadConfig(path)).toThrow(/^[^\n]*deep\.yaml:1:\d+: YAML: nested too deeply(\n|$)/)
  })
})

describe('a suggestion', () => {
  test.each([
    ['findtme', ", did you mean 'findtime'?"],
    ['fnidtime', ", did you mean 'findtime'?"],
    ['max_retry', ", did you mean 'maxretry'?"],
    ['Bantime', ", did you mean 'bantime'?"],
    ['colour', ''],
    ['x', ''],
  ])('for %s: %s', (word, hint) => {
    expect(didYouMean(word, ['findtime', 'maxretry', 'bantime'])).toBe(hint)
  })
})

describe('a time zone', () => {
  test('is a name of the IANA database or UTC', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', '+02:00', ''].map(isTimeZone)).toEqual([true, true, false, false, false])
  })
  test("is the machine's own by default", () => {
    expect(isTimeZone(machineTimeZone())).toBe(true)
  })
})
