import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { failure, failures, success } from '../daemon/lines.ts'
import { BLOCKS } from '../docs-pages.ts'
import { root } from '../sipguard.ts'
import { HOME, makeWorld, type World } from './world.ts'

/** What the pages take for granted: SIP servers with their configuration and logs, and a daemon that has seen an attack. */

const CONFIG = `
sources:
  - file: /var/log/syslog
http: { listen: 127.0.0.1:8471, tokenfile: /etc/sipguard/tokens }
store: redis://127.0.0.1
enforce: nftables
notify:
  channels:
    - exec: [/bin/cat]
    - exec: [/bin/true]
`

/** The API's, as the pages' TOKEN. */
export const TOKEN = 'of-the-scene-0123456789'

/** The phone of extension 1001, which shows its MAC. */
const registration = () => success('203.0.113.9').replace('ua=x', 'ua=Yealink SIP-T46S 66.84.0.15 001565123456')

/** Raw lines of a fixture, without the comments that judge them. */
const samples = (file: string) => readFileSync(join(root, file), 'utf8').replace(/^#.*\n/gm, '')

/** Makes a machine as the pages suppose it, with its daemon running. */
export async function makeScene(): Promise<World> {
  const world = await makeWorld()
  try {
    await furnish(world)
  } catch (error) {
    await world.remove()
    throw error
  }
  return world
}

async function furnish(world: World): Promise<void> {
  const attack = ['brute-force', 'enumeration', 'phone'].map((name) => samples(`fixtures/demo/${name}.log`))
  const files: Readonly<Record<string, string | Buffer>> = {
    '/var/log/kamailio.log': attack.join(''),
    '/var/log/asterisk/messages': samples('fixtures/filters/asterisk.log'),
    '/var/log/asterisk/messages.1': samples('fixtures/filters/asterisk.log'),
    '/var/log/asterisk/messages.log': samples('fixtures/filters/asterisk.log'),
    '/var/log/syslog.2.gz': gzipSync(attack[0]!),
    '/var/log/syslog.1': attack[1]!,
    '/var/log/syslog': registration() + failures(10, '192.0.2.7') + failure('192.0.2.8', { user: '1002' }),
    '/etc/sipguard/sipguard.yaml': CONFIG,
    '/etc/asterisk/hep.conf': '[general]\nenabled = no\n',
    '/etc/fail2ban/jail.d/asterisk.local': '[asterisk]\nenabled = true\nlogpath = /var/log/asterisk/messages\n',
    '/var/log/fail2ban.log': fail2banLog(),
    '/srv/copy/fail2ban.log': fail2banLog(),
    '/var/log/auth.log': '', // of Debian's jail for sshd
    '/var/lib/node_exporter/other.prom': '',
    '/usr/lib/systemd/system/sipguard.service': readFileSync(join(root, 'share/systemd/sipguard.service')),
    [`${HOME}/filters/mysbc.yaml`]: filterExample('name: mysbc'),
    [`${HOME}/fixtures/mysbc.log`]: filterExample('# failJSON: '),
    // An answer that says "no" fails the command.
    [`${HOME}/.curlrc`]: 'fail-with-body\nsilent\nshow-error\n',
    // In place of the built console.
    [join(root, 'dist/console/index.html')]: '<!doctype html>',
    [join(root, 'dist/console/assets/app.js')]: '',
  }
  await Promise.all([
    ...Object.entries(files).map(([path, content]) => world.write(path, content)),
    world.write('/etc/sipguard/tokens', `${TOKEN}\n`, '0600'),
    world.write('/usr/local/bin/systemctl', readFileSync(join(import.meta.dirname, 'systemctl.sh')), '0755'),
  ])
  await must(world, PREPARE, root)
  await must(world, HAS_SEEN)
}

/** Of a Fail2Ban that has run since before all logs, and has just banned somebody. */
function fail2banLog(): string {
  const line = (time: string, text: string) => `${time} fail2ban.server         [1]: ${text}\n`
  const now = new Date().toISOString().slice(0, 23).replace('T', ' ').replace('.', ',')
  const jails = ['asterisk', 'kamailio', 'voice'].map((jail) => line('2025-01-01 00:00:00,000', `INFO    Creating new jail '${jail}'`))
  return `${jails.join('')}${line(now, 'NOTICE  [asterisk] Ban 192.0.2.7')}`
}

/** A block of docs/filters.md, by how it begins. */
const filterExample = (start: string) => BLOCKS.find(({ page, text }) => page === 'docs/filters.md' && text.startsWith(start))!.text

const PREPARE = `
for server in asterisk freeswitch kamailio opensips; do cp -r fixtures/init/$server/etc/$server /etc; done
mkdir -p /srv/backup
cp -r /etc/fail2ban /srv/backup
mkdir -p /var/lib/fail2ban
sqlite3 /var/lib/fail2ban/fail2ban.sqlite3 "
  CREATE TABLE fail2banDb(version INTEGER); INSERT INTO fail2banDb VALUES (4);
  CREATE TABLE jails(name TEXT, enabled INTEGER); INSERT INTO jails VALUES ('asterisk', 1), ('voice', 1);
  CREATE TABLE logs(jail TEXT, path TEXT, firstlinemd5 TEXT, lastfilepos INTEGER);
  CREATE TABLE bips(ip TEXT, jail TEXT, timeofban INTEGER, bantime INTEGER, bancount INTEGER, data JSON);
  INSERT INTO bips VALUES ('198.51.100.66', 'asterisk', strftime('%s', 'now'), 3600, 1, '{}'), ('198.51.100.67', 'voice', strftime('%s', 'now'), -1, 1, '{}');"
cp /var/lib/fail2ban/fail2ban.sqlite3 /srv/backup
redis-server --save '' --daemonize yes >/dev/null
systemctl start sipguard
`

const HAS_SEEN = `
asked() { curl --unix-socket /run/sipguard/sipguard.sock http://localhost/api/$1; }
until asked bans | grep -q 192.0.2.7 && asked registered-phones | grep -q 1001; do sleep 0.1; done
`

async function must(world: World, script: string, folder = HOME): Promise<void> {
  const { status, out, err } = await world.run(['timeout', '60', 'bash', '-ec', script], { folder })
  if (status !== 0) throw new Error(`${script}\nended with ${status}: ${out}${err}`)
}
