import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { jailName } from '../../src/emit/fail2ban-jail.ts'
import { emitFail2Ban } from '../../src/emit/index.ts'
import { configuration, folder } from './configuration.ts'

const OPTIONS = { program: '/usr/bin/sipguard', state: null, ignoreip: ['192.0.2.0/24', 'office.example.com'] }

function emitted(yaml: string) {
  const { files, notes } = emitFail2Ban(configuration(yaml), OPTIONS)
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  return {
    paths: [...texts.keys()],
    file: (path: string) => texts.get(path) ?? '',
    jail: (name: string) => (texts.get('jail.d/sipguard.conf') ?? '').split('\n\n').find((section) => section.startsWith(`[${name}]\n`)),
    notes: notes.map(({ about, text }) => `${about}: ${text}`),
  }
}
const jail = (settings: string) => emitted(`jails: {mine: {${settings}}}`)
const PLAIN = 'kinds: [call_rejected], by: ip, maxretry: 3, findtime: 90s, bantime: 1h'

describe('a jail', () => {
  test('has the settings of ours', () => {
    const dir = folder({ 'a.log': '' })
    const { jail } = emitted(`
sources: [{file: ${dir}/*.log, filter: opensips}]
tz: UTC
jails: {sip-auth: {maxretry: 5}}`)
    expect(jail('sip-auth-opensips')).toBe(`[sip-auth-opensips]
enabled = true
filter = sipguard-opensips-sip-auth
backend = auto
logpath = ${dir}/*.log
logencoding = utf-8
logtimezone = UTC
maxretry = 5
findtime = 5m
bantime = 1h
bantime.increment = true
bantime.factor = 2
bantime.formula = ban.Time * banFactor ** min(ban.Count, 50)
bantime.maxtime = 4w
bantime.overalljails = true
ignoreip = 192.0.2.0/24 office.example.com
ignorecommand = /usr/bin/sipguard allow check <ip>
ignorecache = key="<ip>", max-count=1000, max-time=30s
port = 5060,5061
protocol = tcp,udp
action = %(action_)s
         sipguard[name=sip-auth]`)
  })
  test('for ever does not grow', () => {
    expect(jail(`${PLAIN.replace('1h', '-1')}`).jail('mine-opensips')).toMatch(/bantime = -1\nbantime\.increment = false\nignoreip/)
  })
  test('is not enabled without a log, because Fail2Ban would not start', () => {
    const { jail, notes } = emitted('sources: [{file: /nowhere/a.log}]')
    expect(jail('sip-auth-kamailio')).toContain(
      'enabled = false\nfilter = sipguard-kamailio-sip-auth\nbackend = auto\nlogpath = /nowhere/a.log\n',
    )
    expect(notes).toContain('sip-auth-kamailio: not enabled: Fail2Ban refuses to start without a log, and there is none at /nowhere/a.log')
  })
  test('reads the sources of its filter and those without one', () => {
    const { jail } = emitted('sources: [{file: /a}, {file: /b, filter: kamailio}, {file: /c, filter: asterisk}]')
    expect(jail('sip-auth-kamailio')).toContain('logpath = /a\n          /b\n')
  })
  test('without sources waits for the usual log of its server', () => {
    expect(emitted('').jail('sip-auth-asterisk')).toContain(
      'enabled = false\nfilter = sipguard-asterisk-sip-auth\nbackend = auto\nlogpath = /var/log/asterisk/messages.log\n          /var/log/asterisk/security.log\n',
    )
  })
  test('keeps a path with spaces, and leaves to the glob what the file cannot hold', () => {
    expect(emitted("sources: [{file: '/var/log/my ;sip%/a.log'}]").jail('sip-auth-asterisk')).toContain(
      'logpath = /var/log/my ?sip%%/a.log head\n',
    )
  })
  test('has a name that fits into an iptables chain', () => {
    expect(jailName('sip-malformed', 'freeswitch')).toBe('sip-malformed-freeswitch')
    expect(jailName('a-very-long-name-of-a-jail', 'opensips')).toMatch(/^a-very-long-name-of-[0-9a-f]{4}$/)
    expect(jailName('a-very-long-name-of-a-jail', 'opensips')).not.toBe(jailName('a-very-long-name-of-a-jail', 'kamailio'))
  })
  test('that counts every rule of a filter uses its combined file', () => {
    const kinds = '[failed_registration, failed_auth, door_knock, flood, call_rejected, malformed]'
    const { paths, jail: find } = jail(PLAIN.replace('[call_rejected]', kinds))
    expect(find('mine-kamailio')).toContain('filter = sipguard-kamailio\n')
    expect(paths).not.toContain('filter.d/sipguard-kamailio-mine.conf')
  })
  test('of which a filter has no rule does not stand there for it', () => {
    expect(emitted('').jail('sip-flood-asterisk')).toBeUndefined()
  })
  test.each([
    ['distinct: user', 'it counts different users (distinct), not lines'],
    ['unless: success', 'it spares an address with a success (unless)'],
    ['alertonly: true', 'it says and never bans (alertonly)'],
    ['then: {by: [ip], maxretry: 1, findtime: 1h, bantime: 1h}', 'it has a second stage (then)'],
  ])('with %s is left out, and that is said', (setting, why) => {
    const { jail: find, notes, file } = jail(`${PLAIN}, ${setting}`)
    expect(find('mine-opensips')).toBeUndefined()
    expect(notes).toContain(`mine: left out: ${why}`)
    expect(file('jail.d/sipguard.conf')).toContain(`# - mine: left out: ${why}\n`)
  })
  test('that counts by user or counts what is no failure is left out', () => {
    expect(jail(PLAIN.replace('by: ip', 'by: [ip, user]')).notes).toContain(
      'mine: left out: it counts by ip and user, where Fail2Ban counts by address',
    )
    expect(jail(PLAIN.replace('[call_rejected]', '[call_rejected, request]')).notes).toContain(
      'mine: left out: it counts request, which is no failure',
    )
  })
})

test('without addresses to ignore a jail leaves ignoreip to Fail2Ban', () => {
  const { files } = emitFail2Ban(configuration(''), { ...OPTIONS, ignoreip: [] })
  expect(files.find(({ path }) => path === 'jail.d/sipguard.conf')?.text).not.toMatch(/^ignoreip =/m)
})

describe('a filter', () => {
  const rules = (text: string) => [...text.matchAll(/^ +# ([a-z0-9-]+): /gm)].map(([, id]) => id)
  test('of a jail has the rules with its kinds and reasons', () => {
    const { file } = jail('kinds: [door_knock, flood], reasons: [domain_mismatch], by: ip, maxretry: 3, findtime: 90s, bantime: 1h')
    expect(rules(file('filter.d/sipguard-kamailio-mine.conf'))).toEqual(['mismatch-blocked', 'request-to-myself'])
  })
  test('of a jail with methods has the rules that know one of them', () => {
    const { file } = jail(`${PLAIN.replace('[call_rejected]', '[failed_registration, failed_auth, flood]')}, methods: [INVITE]`)
    expect(rules(file('filter.d/sipguard-kamailio-mine.conf'))).toEqual([
      'auth-failed-other-method',
      'auth-blocked-other-method',
      'pike-alert',
      'blocked-again',
      'pike-drop',
      'flood',
    ])
    expect(file('filter.d/sipguard-kamailio-mine.conf')).toContain('PIKE: Blocked <F-METHOD>INVITE</F-METHOD> from')
  })
  test('of a jail with filters is written for those', () => {
    expect(jail(`${PLAIN}, filters: [asterisk]`).paths.filter((path) => path.includes('mine'))).toEqual([
      'filter.d/sipguard-asterisk-mine.conf',
    ])
  })
  test('takes an own filter of the configuration, without its shadow, uncounted and nameless rules', () => {
    const dir = folder({
      'mysbc.yaml': `
name: mysbc
prefix: opensips
rules:
  - { id: first, kind: failed_auth, failregex: '^no; 100% <F-USER>[^ ]*</F-USER> <script> <ADDR>$', ignoreregex: '^no; 100% test .*$' }
  - { id: second, kind: failed_auth, shadow: true, failregex: '^second <ADDR>$' }
  - { id: third, kind: failed_auth, counted: false, failregex: '^third <ADDR>$' }
  - { id: fourth, kind: failed_auth, failregex: '^fourth$' }
  - { id: fifth, kind: registration, failregex: '^fifth <ADDR>$' }`,
    })
    const { file } = emitted(`filters: [${join(dir, 'mysbc.yaml')}]`)
    expect(rules(file('filter.d/sipguard-mysbc.conf'))).toEqual(['first'])
    expect(file('filter.d/sipguard-mysbc.conf')).toContain(
      String.raw`(?a)^(?!no; 100%% test .*$)no; 100%% <F-USER>[^ ]*</F-USER> <script\> (?!0\.0\.0\.0)<ADDR>$`,
    )
  })
})

test('what Fail2Ban cannot say at all is said once', () => {
  expect(emitted('').notes).toEqual(
    expect.arrayContaining([
      'null: lines wrapped in JSON (docker, journald, the JSON logs of OpenSIPS and Asterisk) are not read',
      'null: Fail2Ban counts each IPv6 address, not the /64',
      'kamailio: rule register-auth-failure has the run-time verdict, which looks at every way to read a line; here a line with a second place for the address is refused',
    ]),
  )
})
test('a zone that Fail2Ban does not know is said', () => {
  expect(emitted('tz: Asia/Kathmandu').notes).toContain(
    'null: times without a zone are read in the zone of this machine, not in Asia/Kathmandu: Fail2Ban knows no named zones',
  )
})
test('the action hands over bans and lifts none', () => {
  const text = emitted('').file('action.d/sipguard.conf')
  expect(text).toMatch(/^actionban = \/usr\/bin\/sipguard ban <ip> --jail <name> --for <bantime>$/m)
  expect(text).toMatch(/^actionunban =$/m)
  expect(text).toMatch(/^actionflush = true$/m)
  expect(text).toMatch(/^norestored = 1$/m)
})
