import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { formatCuts } from '../../src/cli/first-enforce.ts'
import { AT, aBan, prefixBan } from '../api/fake-control.ts'
import { failures, success } from '../daemon/lines.ts'
import { eventually, watch } from '../daemon/watching.ts'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { needs } from '../require.ts'
import { bin } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()

describe('who would be cut off', () => {
  const users = (count: number) => Array.from({ length: count }, (_, i) => `${1001 + i}@example.com`)
  test('phones come first, with their users', () => {
    vi.stubEnv('TZ', 'UTC')
    const cuts = [
      { ban: aBan({ ip: '192.0.2.9' }), phones: [] },
      { ban: aBan({ level: 'phone' }), phones: ['\x1b[2J', '1002@example.com'] },
      { ban: prefixBan(), phones: [] },
    ]
    expect(formatCuts(cuts, 'nftables', AT)).toBe(
      [
        'Bans go to nftables from now on, for the first time. They would cut off:',
        '',
        'phones (1)',
        '',
        'address    jail      count  since                remaining  phones there',
        '192.0.2.7  sip-auth     10  2026-01-15 10:30:45  1h         \\x1b[2J, 1002@example.com',
        '',
        'others, where no phone is known (2)',
        '',
        'address                      jail      count  since                remaining',
        '192.0.2.9                    sip-auth     10  2026-01-15 10:30:45  1h',
        '2001:db8::/64 (2001:db8::7)  sip-auth     10  2026-01-15 10:30:45  for ever',
        '',
      ].join('\n'),
    )
    vi.unstubAllEnvs()
  })
  test('a long list is cut, and says so', () => {
    const cuts = users(30).map((_, i) => ({ ban: aBan({ ip: `192.0.2.${i}` }), phones: [] }))
    const text = formatCuts([...cuts, { ban: aBan(), phones: users(12) }], 'iptables', AT)
    expect(text).toContain('\n… and 10 more\n')
    expect(text).toContain('1010@example.com, …\n')
  })
})

describe.skipIf(needs('root', 'ip', 'nft', 'script'))('the first --enforce', () => {
  let namespace: Namespace
  let log: string
  let state: string
  beforeEach(async () => {
    namespace = makeNamespace()
    const dir = newDirectory()
    log = join(dir, 'sip.log')
    state = join(dir, 'state')
    writeFileSync(log, success('192.0.2.7') + failures(10, '192.0.2.9'))
    const observing = await watch([log, '--from-start'], { state })
    await eventually(() => expect(observing.printed('ban')).toHaveLength(1))
    await observing.call('POST', '/api/bans', { ip: '192.0.2.7' })
    expect(await observing.end('SIGTERM')).toBe(0)
  })
  afterEach(() => namespace.remove())

  const tables = () => namespace.run('nft', 'list', 'tables')

  /** A terminal on which it is started. */
  function onTerminal(...args: string[]) {
    const command = [...namespace.prefix, process.execPath, bin, 'watch', log, '--state', state, '--enforce', 'nftables', ...args]
    // exec: a shell that stays in between would take the Ctrl-C as well and end with 130
    const script = ['-qec', `exec ${command.map((word) => `'${word}'`).join(' ')}`, '/dev/null']
    const child = spawn('script', script, { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let screen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text
    })
    const ended = once(child, 'close').then(([status]) => status as number)
    return { ended, screen: () => screen, type: (text: string) => void child.stdin.write(text) }
  }

  const asked = (screen: string) => expect(screen).toContain('Ban these 2 addresses now? [y/N] ')

  test('on a terminal shows phones first and asks; no leaves the firewall alone', async () => {
    for (const answer of ['\n', 'nein\n', '\x03', '\x04']) {
      const { ended, screen, type } = onTerminal()
      await eventually(() => asked(screen()))
      expect(screen()).toMatch(/phones \(1\)[\s\S]*192\.0\.2\.7 .* 1001@example\.com[\s\S]*others.* \(1\)[\s\S]*192\.0\.2\.9 /)
      type(answer)
      expect(await ended).toBe(1)
      expect(screen()).toContain('sipguard: nobody was banned; start without --enforce, allow whoever is yours (sipguard allow add ADDRESS')
      expect(tables()).toBe('')
    }
  })

  test('yes bans, and it is not asked again', async () => {
    const first = onTerminal()
    await eventually(() => asked(first.screen()))
    first.type('y\n')
    await eventually(() => expect(first.screen()).toContain('bans go to nftables'))
    expect(namespace.run('nft', 'list', 'table', 'inet', 'sipguard')).toContain('192.0.2.9')
    first.type('\x03')
    expect(await first.ended).toBe(0)

    const second = onTerminal()
    await eventually(() => expect(second.screen()).toContain('bans go to nftables'))
    expect(second.screen()).not.toContain('[y/N]')
    second.type('\x03')
    expect(await second.ended).toBe(0)
  })

  test('--yes does not ask', async () => {
    const { ended, screen, type } = onTerminal('--yes')
    await eventually(() => expect(screen()).toContain('bans go to nftables'))
    expect(screen()).not.toContain('[y/N]')
    type('\x03')
    expect(await ended).toBe(0)
  })

  test('without a terminal it never asks', async () => {
    const daemon = await watch([log, '--enforce', 'nftables'], { state, prefix: namespace.prefix })
    expect(daemon.complaints()).not.toContain('[y/N]')
    expect(daemon.printed('restore-ban')).toHaveLength(2)
    expect(await daemon.end('SIGTERM')).toBe(0)
  })
})
