import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sbom } from '../../scripts/sbom.ts'
import { failures } from '../daemon/lines.ts'
import { section } from '../docs-pages.ts'
import { needs } from '../require.ts'
import { root as checkout, objects } from '../sipguard.ts'
import { type FreshRoot, makeFreshRoot } from './fresh-root.ts'
import { listenAsSystemd } from './notify-socket.ts'
import { asTheUnitDoes, serviceOf } from './unit.ts'

const LOG = '/var/log/opensips.log'
const CONFIG = '/etc/sipguard/sipguard.yaml'
const NOTIFY = '/run/notify.sock'
const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }

/** What README.md says to type, in its order. */
const README = [...section('README.md', '## Install').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) =>
  text.trim().split('\n'),
)

/** Building, and a Debian made from nothing. */
const LONG_MS = 600_000

describe.skipIf(needs('root', 'ip', 'debootstrap', 'dpkg-deb', 'patchelf', 'python3', 'mandoc'))(
  'the Debian package, on a Debian without Node',
  () => {
    let fresh: FreshRoot
    let daemon: ChildProcess | null = null
    const systemd = { told: [] as readonly string[], close: () => {} }

    beforeAll(async () => {
      execFileSync(process.execPath, [join(checkout, 'scripts/deb/build.ts'), '--level', '0'], { stdio: ['ignore', 'ignore', 'inherit'] })
      fresh = makeFreshRoot()
      cpSync(join(checkout, 'dist', `sipguard_${version}_amd64.deb`), join(fresh.dir, 'dist', `sipguard_${version}_amd64.deb`))
    }, LONG_MS)
    afterAll(async () => {
      await stop()
      systemd.close()
      fresh?.remove()
    }, LONG_MS)

    const service = () => serviceOf(join(fresh.dir, 'usr/lib/systemd/system/sipguard.service'))

    /** As systemd would: the unit's own ExecStartPre and ExecStart, with its user, capabilities and directories. */
    async function start(): Promise<void> {
      const unit = service()
      fresh.run('install', '-d', '-o', 'sipguard', '-g', 'sipguard', '-m', unit.get('StateDirectoryMode')![0]!, '/var/lib/sipguard')
      fresh.run('install', '-d', '-o', 'sipguard', '-g', 'sipguard', '-m', unit.get('RuntimeDirectoryMode')![0]!, '/run/sipguard')
      fresh.run(...asTheUnitDoes(unit, unit.get('ExecStartPre')![0]!))
      const before = systemd.told.length
      daemon = fresh.start(asTheUnitDoes(unit, unit.get('ExecStart')![0]!), {
        ...{ STATE_DIRECTORY: '/var/lib/sipguard', RUNTIME_DIRECTORY: '/run/sipguard' },
        ...{ NOTIFY_SOCKET: NOTIFY, WATCHDOG_USEC: '2000000' },
      })
      await vi.waitFor(() => expect(systemd.told.slice(before)).toContainEqual(expect.stringMatching(/^READY=1 STATUS=healthy/)), 30_000)
    }

    async function stop(): Promise<void> {
      const running = daemon
      daemon = null
      if (running === null) return
      const ended = once(running, 'exit')
      running.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
    }

    /** Runs the next commands of README.md, as many as are announced here; in place of systemd, which does not run here, we do what its unit says. */
    let typed = 0
    async function readme(...announced: readonly string[]): Promise<string> {
      let said = ''
      for (const beginning of announced) {
        const command = README[typed++] ?? 'nothing more'
        expect(command.startsWith(beginning), `README.md says '${command}' where '${beginning} …' is expected`).toBe(true)
        if (command === 'systemctl restart sipguard') await stop()
        if (/^systemctl (?:re)?start sipguard$/.test(command)) await start()
        // A person reads what init proposes, on a terminal, and agrees.
        else if (command === 'sipguard init') said += fresh.type('y\n', 'sipguard', 'init')
        // Its exit status is 1 where it finds something.
        else if (command === 'sipguard doctor') said += fresh.attempt('sipguard', 'doctor').out
        else said += fresh.run('sh', '-c', command)
      }
      return said
    }

    const append = (text: string) => appendFileSync(join(fresh.dir, LOG), text)
    const bans = () => objects(fresh.run('sipguard', 'bans', '--json'))
    const status = () => objects(fresh.run('sipguard', 'status', '--json'))[0] as { totals: { lines: number } }
    const ruleset = () => fresh.run('nft', 'list', 'ruleset')
    const isBanned = (ip: string) => vi.waitFor(() => expect(bans()).toContainEqual(expect.objectContaining({ ip })), 20_000)

    test('installs with dpkg alone, and needs no Node', async () => {
      expect(fresh.attempt('sh', '-c', 'command -v node').status).not.toBe(0)
      const said = await readme('dpkg -i')
      expect(said).toContain('watches nothing yet and bans nobody')
      expect(fresh.run('sipguard', '--version')).toBe(`${version}\n`)
      expect(fresh.run('sipguard', 'filter', 'list')).toContain('opensips')
      expect(fresh.run('dpkg', '--verify', 'sipguard').replace(/.*(?:\/usr\/share\/(?:man|doc).*)\n/g, '')).toBe('')
      expect(fresh.run('id', '-Gn', 'sipguard').trim().split(' ').sort()).toEqual(['adm', 'sipguard', 'systemd-journal'])
      expect(statSync(join(fresh.dir, CONFIG)).mode & 0o777).toBe(0o640)
      expect(readFileSync(join(fresh.dir, 'usr/share/doc/sipguard/sbom.cdx.json'), 'utf8')).toBe(sbom({ node: process.versions.node }))
    })

    test('has a unit that systemd takes, and finds well locked up', () => {
      expect(fresh.attempt('systemd-analyze', 'verify', 'sipguard.service').err).not.toMatch(/sipguard\.service: (?!Command 'man )/)
      const said = fresh.run('systemd-analyze', 'security', '--offline=true', 'sipguard.service')
      const [, exposure] = /Overall exposure level for sipguard\.service: (\d+\.\d+)/.exec(said)!
      expect(Number(exposure)).toBeLessThan(2)
    })

    test('has a manual page that names every command, and in which neither man nor mandoc finds a fault', () => {
      const path = '/usr/share/man/man1/sipguard.1.gz'
      const page = fresh.attempt('man', '-l', '--warnings', path)
      expect([page.status, page.err]).toEqual([0, ''])
      for (const command of ['watch', 'replay', 'unban', 'filter check', 'completion']) expect(page.out).toContain(`sipguard ${command}`)
      const { status, stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', join(fresh.dir, path)], { encoding: 'utf8' })
      expect([status, stdout, stderr]).toEqual([0, '', ''])
    })

    test('observes as its own user, and tells systemd so', async () => {
      Object.assign(systemd, await listenAsSystemd(join(fresh.dir, NOTIFY)))
      fresh.write(LOG, '')
      fresh.run('chown', 'root:adm', LOG)
      fresh.run('chmod', '0640', LOG)
      fresh.write('/etc/opensips/opensips.cfg', 'log_stderror=no\nlisten=udp:127.0.0.1:5060\n')
      await readme('sipguard init')
      expect(readFileSync(join(fresh.dir, CONFIG), 'utf8')).toContain(`- file: ${LOG}`)
      await readme('systemctl start')
      expect(fresh.run('ps', '-o', 'user=', '-p', String(daemon!.pid)).trim()).toBe('sipguard')
      append(failures(10, '192.0.2.7'))
      await isBanned('192.0.2.7')
      expect(await readme('sipguard status', 'sipguard doctor', 'sipguard bans')).toMatch(
        /healthy[\s\S]*checks: [\s\S]*192\.0\.2\.7 +sip-auth/,
      )
      expect(ruleset()).toBe('')
      await vi.waitFor(
        () => expect(systemd.told).toContainEqual(expect.stringMatching(/^WATCHDOG=1 STATUS=healthy; 1 bans in force/)),
        20_000,
      )
    })

    test('reloads when it is asked to, and says when it has', async () => {
      const before = systemd.told.length
      daemon!.kill('SIGHUP')
      const since = () => systemd.told.slice(before).map((told) => told.split(' ')[0])
      await vi.waitFor(
        () => expect(since().filter((told) => told === 'RELOADING=1' || told === 'READY=1')).toEqual(['RELOADING=1', 'READY=1']),
        20_000,
      )
    })

    test('bans in the kernel once its configuration says so, with nothing typed but what README.md says', async () => {
      await readme('sed -i', 'systemctl restart')
      expect(README.slice(typed)).toEqual([])
      expect(systemd.told).toContain('STOPPING=1')
      expect(ruleset()).toContain('192.0.2.7')
      append(failures(10, '192.0.2.8'))
      await isBanned('192.0.2.8')
      await vi.waitFor(() => expect(ruleset()).toContain('192.0.2.8'), 20_000)
    })

    test('an upgrade keeps bans and positions', async () => {
      await stop()
      const [lines, banned] = [20, bansInState()]
      const control = join(checkout, 'dist/deb/DEBIAN/control')
      const older = readFileSync(control, 'utf8')
      writeFileSync(control, older.replace(/^Version: .*/m, `Version: ${version}+1`))
      execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', join(checkout, 'dist/deb'), join(fresh.dir, 'newer.deb')], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      writeFileSync(control, older)
      fresh.run('dpkg', '-i', '/newer.deb')
      expect(fresh.run('dpkg', '--status', 'sipguard')).toContain(`\nVersion: ${version}+1\n`)
      expect(readFileSync(join(fresh.dir, CONFIG), 'utf8')).toContain('enforce: nftables')
      expect(ruleset()).toContain('192.0.2.7')
      await start()
      expect(bans().map(({ ip }) => ip)).toEqual(banned)
      expect(status().totals.lines).toBe(lines)
    })

    test('what only its user and groups may read is read by nobody else', () => {
      expect(statSync(join(fresh.dir, 'var/lib/sipguard')).mode & 0o777).toBe(0o700)
      expect(statSync(join(fresh.dir, 'run/sipguard/sipguard.sock')).mode & 0o777).toBe(0o660)
    })

    test('a purge removes its state and its own table, and nothing else', async () => {
      fresh.run('nft', 'add', 'table', 'inet', 'somebody_elses')
      await stop()
      fresh.run('dpkg', '--purge', 'sipguard')
      expect(ruleset().trim()).toBe('table inet somebody_elses {\n}')
      for (const path of [
        '/var/lib/sipguard',
        '/etc/sipguard',
        '/etc/logrotate.d/sipguard',
        '/run/sipguard',
        '/usr/bin/sipguard',
        '/usr/share/sipguard',
      ]) {
        expect(existsSync(join(fresh.dir, path)), path).toBe(false)
      }
      expect(fresh.attempt('id', 'sipguard').status).not.toBe(0)
      expect(existsSync(join(fresh.dir, LOG))).toBe(true)
    })

    /** Addresses, the newest first. */
    const bansInState = () => ['192.0.2.8', '192.0.2.7']
  },
)
