import { describe, expect, test } from 'vitest'
import { loadConfig, withSettings } from '../../src/config/index.ts'
import { SipguardError } from '../../src/errors.ts'

const config = loadConfig(null)
const jailOf = (group: string, name: string) => withSettings(config, group).jails.find((jail) => jail.name === name)!
const faultsOf = (group: string): string => {
  try {
    withSettings(config, group)
  } catch (error) {
    expect(error).toBeInstanceOf(SipguardError)
    expect((error as SipguardError).code).toBe('USAGE')
    return (error as SipguardError).message
  }
  return 'it is accepted'
}

describe('other settings over a configuration', () => {
  test('change what they name and nothing else', () => {
    const changed = withSettings(config, 'sip-auth.maxretry=3,sip-auth.findtime=10m')
    expect(changed).toEqual({
      ...config,
      jails: config.jails.map((jail) => (jail.name === 'sip-auth' ? { ...jail, maxretry: 3, findtimeMs: 6e5 } : jail)),
    })
  })
  test('are taken all at once, so that one may need the other', () => {
    expect(jailOf('sip-auth.bantime=5w, sip-auth.bantime.increment.maxtime=8w', 'sip-auth')).toMatchObject({
      bantimeMs: 5 * 6048e5,
      increment: { factor: 2, maxtimeMs: 8 * 6048e5 },
    })
  })
  test('jail. is every jail; a key of a second stage or of growth, every jail that has one', () => {
    expect(withSettings(config, 'jail.maxretry=7').jails.map(({ maxretry }) => maxretry)).toEqual(config.jails.map(() => 7))
    const stages = withSettings(config, 'jail.then.maxretry=9').jails.map(({ then }) => then?.maxretry ?? null)
    expect(stages).toEqual(config.jails.map(({ then }) => then && 9))
    expect(stages).toContain(9)
  })
  test('a comma within a value stays; an empty value takes an optional key away', () => {
    expect(jailOf('sip-auth.kinds=[failed_auth,door_knock],sip-auth.maxretry=4', 'sip-auth')).toMatchObject({
      kinds: ['failed_auth', 'door_knock'],
      maxretry: 4,
    })
    expect(jailOf('sip-auth.bantime.increment=', 'sip-auth').increment).toBeNull()
    expect(jailOf('sip-auth.alertonly=true', 'sip-auth').alertonly).toBe(true)
  })
  test('reach whom we trust, too', () => {
    const changed = withSettings(
      config,
      'trust.phone=1d,unproved.maxbantime=-1,ignoreip+=10.1.2.3/8,ignoreip+=Office.example,peers+=192.0.2.1',
    )
    expect(changed).toMatchObject({
      trust: { ...config.trust, phoneMs: 864e5 },
      unproved: { maxbantimeMs: null },
      ignoreip: ['10.0.0.0/8', 'office.example'],
      peers: ['192.0.2.1'],
    })
  })
})

describe('a wrong setting is refused with what would be right', () => {
  test.each([
    ['sip-auth.maxrety=3', "unknown key 'maxrety', did you mean 'maxretry'?"],
    ['jail.maxrety=3', "unknown key 'maxrety', did you mean 'maxretry'?"],
    ['sip-aut.maxretry=3', "unknown jail 'sip-aut', did you mean 'sip-auth'?"],
    ['trust.maxuser=3', "unknown key 'maxuser', did you mean 'maxusers'?"],
    ['sip-auth.maxretry=many', "maxretry: expected a whole number from 1 to 100000, got 'many'"],
    ['sip-auth.maxretry=3,5', "maxretry: expected a whole number from 1 to 100000, got '3,5'"],
    ['sip-auth.findtime=-1', 'findtime: expected a duration such as 90s, 10m, 1h, 7d, 4w, got -1'],
    ['sip-auth.bantime=5w', "bantime.increment.maxtime: expected at least the bantime of 5w, got '4w'"],
    ['sip-auth.then.maxretry=3', "sip-auth has no 'then'"],
    [
      'ignoreip+=10.0.0.0/40',
      "ignoreip: expected an address, a CIDR or a DNS name, got '10.0.0.0/40': the length of an IPv4 prefix is 0 to 32",
    ],
    ['maxretry=3', "expected NAME.KEY=VALUE such as sip-auth.maxretry=3, or ignoreip+=ADDRESS, got 'maxretry=3'"],
    ['sip-auth.__proto__=3', "expected NAME.KEY=VALUE such as sip-auth.maxretry=3, or ignoreip+=ADDRESS, got 'sip-auth.__proto__=3'"],
  ])('%s', (group, message) => {
    expect(faultsOf(group)).toBe(`--set ${group}: ${message}`)
  })
  test('every fault at once, each named once', () => {
    const group = 'jail.maxretry=0,trust.phone=soon'
    expect(faultsOf(group).split('\n')).toEqual([
      `--set ${group}: maxretry: expected a whole number from 1 to 100000, got 0`,
      `--set ${group}: trust.phone: expected a duration such as 90s, 10m, 1h, 7d, 4w, got 'soon'`,
    ])
  })
})
