import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { parseCidr } from '../../src/address.ts'
import { loadConfig } from '../../src/config/index.ts'
import { configurationText, propose } from '../../src/init/index.ts'
import { SIP_SERVERS } from '../../src/servers/sip-servers.ts'
import { createTree } from '../../src/servers/tree.ts'

/** Whatever a server's configuration holds, it becomes a value or a comment, and never anything else. */

const dir = mkdtempSync(join(tmpdir(), 'sipguard-init-'))
afterAll(() => rmSync(dir, { recursive: true }))
let made = 0

/** Filters of the four names and no jails: what is shipped takes a second to read, each time. */
const filtersDir = join(dir, 'filters')
const jailsDir = join(dir, 'jails')
mkdirSync(filtersDir)
mkdirSync(jailsDir)
for (const { name } of SIP_SERVERS) {
  writeFileSync(
    join(filtersDir, `${name}.yaml`),
    `name: ${name}\nprefix: ${name}\nrules: [{ id: a, kind: flood, failregex: '^flood of <ADDR>$' }]\n`,
  )
}

/** What is proposed for a machine with these files, as text and as it is read. */
function proposed(files: Readonly<Record<string, string>>) {
  const root = join(dir, String(++made))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const text = configurationText(propose(createTree(root), null))
  const file = join(root, 'proposed.yaml')
  writeFileSync(file, text)
  return { text, config: loadConfig(file, { filtersDir, jailsDir }) }
}

const HOSTILE = [
  'enforce: nftables',
  "192.0.2.1'\nenforce: nftables",
  '"]\nignoreip: [0.0.0.0/0]',
  '# x\u2028enforce: nftables',
  '\x1b[2J\x1b]0;x\x07',
  '0.0.0.0/0',
  '::/0',
  '&a *a !!js',
  '../../etc/passwd',
  'true',
  '-',
]

test.each(HOSTILE)('%j stays data, as a gateway, a trunk, a destination, a log and a file that is included', (text) => {
  const name = text.replaceAll('\n', '\r')
  const included = `${name.replaceAll('/', '_').replaceAll('"', '')}.cfg`
  const { text: written, config } = proposed({
    '/etc/freeswitch/freeswitch.xml': '',
    '/etc/freeswitch/sip_profiles/a.xml': `<gateway name="${name}">`,
    '/etc/asterisk/asterisk.conf': '',
    '/etc/asterisk/pjsip.conf': `[${name}]\ntype=identify\nmatch=${text}\nmatch=192.0.2.9\n`,
    '/etc/asterisk/logger.conf': `[logfiles]\n/var/log/${text} => notice\n`,
    '/etc/kamailio/kamailio.cfg': `loadmodule "dispatcher.so"\ninclude_file "x${included}"\n`,
    [`/etc/kamailio/x${included}`]: '$du = "sip:192.0.2.10"',
    '/etc/kamailio/dispatcher.list': `1 sip:${text}\n1 ${text}\n`,
  })
  expect(config).toMatchObject({ enforce: 'none', ignoreip: [] })
  expect(config.peers).toEqual(expect.arrayContaining(['192.0.2.9']))
  expect(written.replaceAll('\n', '')).not.toMatch(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/)
  for (const peer of config.peers) expect(parseCidr(peer)?.bits ?? 32).toBeGreaterThanOrEqual(8)
})

test('any text at all in any of these files gives a configuration that is valid and observes', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      ...HOSTILE,
      '\n',
      '[a]\n',
      'type=identify\n',
      'match=',
      'host=',
      ';--',
      '<gateway name="',
      '"/>',
      '#!ifdef X\n',
      '"',
      '\\',
      '1 sip:',
      '{',
    ),
  )
  const file = fc.array(word, { maxLength: 12 }).map((words) => words.join(''))
  fc.assert(
    fc.property(file, (text) => {
      const { config } = proposed({
        '/etc/asterisk/asterisk.conf': text,
        '/etc/asterisk/logger.conf': `[logfiles]\n${text}`,
        '/etc/asterisk/pjsip.conf': text,
        '/etc/asterisk/sip.conf': text,
        '/etc/freeswitch/freeswitch.xml': text,
        '/etc/freeswitch/sip_profiles/a.xml': text,
        '/etc/kamailio/kamailio.cfg': `loadmodule "dispatcher.so"\n${text}`,
        '/etc/kamailio/dispatcher.list': text,
        '/etc/fail2ban/jail.local': text,
        '/etc/group': text,
        '/var/lib/docker/containers/a/config.v2.json': text,
      })
      return config.enforce === 'none' && config.ignoreip.length === 0
    }),
    { numRuns: 100 },
  )
})

test('a file that cannot be read is told, and the rest is proposed all the same', () => {
  const { text, config } = proposed({
    '/etc/kamailio/kamailio.cfg': 'loadmodule "dispatcher.so"\n',
    '/etc/kamailio/dispatcher.list/a': 'a folder where the list should be',
    '/etc/fail2ban/jail.local/a': '',
    '/etc/asterisk/asterisk.conf': '',
    '/etc/asterisk/logger.conf/a': '',
    '/etc/asterisk/sip.conf': '[trunk]\nhost=192.0.2.9\n',
  })
  expect(text).toContain('# Note: cannot read /etc/kamailio/dispatcher.list: it is no regular file\n')
  expect(text).toContain('# Note: cannot read /etc/asterisk/logger.conf: it is no regular file\n')
  expect(text).toContain('# Note: cannot read /etc/fail2ban/jail.local: it is no regular file\n')
  expect(config.peers).toEqual(['192.0.2.9'])
  expect(config.sources).toHaveLength(2)
})
