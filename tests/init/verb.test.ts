import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { check } from '../../src/cli/verbs/check.ts'
import { init } from '../../src/cli/verbs/init.ts'
import { packageRoot } from '../../src/config/index.ts'
import { runVerbs } from '../cli/run-verbs.ts'
import { needs } from '../require.ts'

let root: string
let file: string
beforeEach(() => {
  vi.stubEnv('SSH_CONNECTION', '198.51.100.20 50000 203.0.113.9 22')
  root = mkdtempSync(join(tmpdir(), 'sipguard-init-'))
  cpSync(join(import.meta.dirname, '../../fixtures/init/kamailio'), root, { recursive: true })
  file = join(root, 'etc/sipguard/sipguard.yaml')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const propose = (...options: readonly string[]) => runVerbs([init], 'init', '--root', root, ...options)

describe('sipguard init', () => {
  test('without a terminal shows what it proposes, and writes nothing', async () => {
    const { out, err, exitStatus } = await propose()
    expect(out).toContain('  - file: /var/log/sip/kamailio.log # local1 in /etc/rsyslog.d/10-kamailio.conf\n')
    expect({ err, exitStatus }).toEqual({ err: 'nothing was written: without a terminal it takes --yes', exitStatus: 1 })
    expect(existsSync(file)).toBe(false)
  })

  test('with --yes writes it for the group only, and sipguard check takes it', async () => {
    const { err, exitStatus } = await propose('--yes')
    expect(exitStatus).toBe(0)
    expect(err).toContain(`wrote ${file}\nnext:\n  sipguard emit kamailio    what kamailio must log\n  sipguard doctor --config ${file}`)
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readFileSync(file, 'utf8')).toContain('  - 198.51.100.20 # the SSH session in which this was written\n')
    expect((await runVerbs([check], 'check', '--config', file)).out).toBe(`${file} is valid: 1 source, 9 jails, 4 filters, enforce none\n`)
    expect((await propose()).out).toBe(`${file} is as it would be proposed; nothing to do\n`)
  })

  test('of a configuration that stands there shows the difference, leaves it alone, and with --yes keeps a copy', async () => {
    mkdirSync(join(root, 'etc/sipguard'))
    writeFileSync(file, 'peers: [192.0.2.200]\nenforce: none\n')
    const { out, err } = await propose()
    expect(out).toContain('-peers: [192.0.2.200]\n')
    expect(out).toContain('+sources:\n')
    expect(out).toContain(' enforce: none\n')
    expect(err).toContain('nothing was written')
    expect(readFileSync(file, 'utf8')).toBe('peers: [192.0.2.200]\nenforce: none\n')

    expect((await propose('--yes')).err).toContain(`wrote ${file}; what stood there is ${file}.old\n`)
    expect(readFileSync(`${file}.old`, 'utf8')).toBe('peers: [192.0.2.200]\nenforce: none\n')
  })

  test('where there is no server says where it looked, and what else can be done', async () => {
    const empty = join(root, 'var')
    const { err, exitStatus, error } = await runVerbs([init], 'init', '--root', empty, '--yes')
    expect(error).toMatchObject({ code: 'SERVER_NOT_FOUND' })
    expect(exitStatus).toBe(1)
    expect(err).toBe(
      `no SIP server was found below ${empty}: no /etc/opensips/opensips.cfg, /etc/kamailio/kamailio.cfg, /etc/asterisk/asterisk.conf, /etc/freeswitch/freeswitch.xml, no such process, no such container. Name a log yourself (sipguard watch FILE), or hear the SIP of another host (docs/hep.md)`,
    )
  })

  test('where it cannot write says so, and leaves nothing behind', async () => {
    writeFileSync(join(root, 'etc/sipguard'), 'a file where the folder should be')
    const { error } = await propose('--yes')
    expect(error).toMatchObject({ code: 'OUTPUT_FAILED' })
    expect(existsSync(file)).toBe(false)
  })
})

describe.skipIf(needs('script'))('on a terminal', () => {
  /** What is shown on a terminal where somebody answers so. */
  async function answering(answer: string): Promise<{ readonly shown: string; readonly status: number }> {
    const words = [process.execPath, join(packageRoot, 'bin/launch.js'), 'init', '--root', root]
    const child = spawn('script', ['-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!shown.includes('[y/N]') && `${shown}${text}`.includes('[y/N]')) child.stdin.write(answer)
      shown += text
    })
    const [status] = (await once(child, 'close')) as [number]
    return { shown, status }
  }

  test('it asks, and writes for a yes', async () => {
    const { shown, status } = await answering('y\n')
    expect(shown).toContain(`Write ${file}? [y/N] `)
    expect(status).toBe(0)
    expect(existsSync(file)).toBe(true)
  })

  test('it writes nothing for anything else', async () => {
    const { shown, status } = await answering('\n')
    expect(shown).toContain('sipguard: nothing was written')
    expect(status).toBe(1)
    expect(existsSync(file)).toBe(false)
  })
})
