import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { remedyFor } from '../../src/cli/remedy.ts'
import { SipguardError } from '../../src/errors.ts'
import { startFakeDaemon } from '../api/fake-daemon.ts'
import { needs } from '../require.ts'
import { type RunOptions, sipguard } from '../sipguard.ts'

const dir = mkdtempSync(join(tmpdir(), 'sipguard-remedy-'))
afterAll(() => rmSync(dir, { recursive: true }))
chmodSync(dir, 0o755)
for (const name of ['sip.log', 'sipguard.yaml']) writeFileSync(join(dir, name), '', { mode: 0o640 })
mkdirSync(join(dir, 'closed'), { mode: 0o700 })
mkdirSync(join(dir, 'of-root'), { mode: 0o755 })

/** One line on standard error, nothing on standard output. */
async function complaint(args: readonly string[], options: RunOptions): Promise<[number | null, string]> {
  const { status, out, err } = await sipguard(args, options)
  expect(out).toBe('')
  expect(err).toMatch(/^sipguard: [^\n]+\n$/)
  return [status, err.slice('sipguard: '.length, -1).replaceAll(dir, 'DIR')]
}

describe.concurrent('what cannot be reached is one line with what to do', () => {
  const NO_DAEMON = "start it ('systemctl start sipguard' or 'sipguard watch'), or say where it is with --socket or --state"
  test.each([
    [['bans', '--state', join(dir, 'none')], 3, `no sipguard daemon answers on DIR/none/sipguard.sock: ${NO_DAEMON}`],
    [['why', '192.0.2.7', '--socket', '/none'], 3, `no sipguard daemon answers on /none: ${NO_DAEMON}`],
    [['replay', join(dir, 'spi.log')], 1, "cannot read DIR/spi.log: no such file, did you mean 'DIR/sip.log'?"],
    [
      ['check', '--config', join(dir, 'sipgaurd.yaml')],
      2,
      "cannot read DIR/sipgaurd.yaml: no such file or directory, did you mean 'DIR/sipguard.yaml'?",
    ],
    [['replay', join(dir, 'elsewhere.log')], 1, 'cannot read DIR/elsewhere.log: no such file'],
    [['filter', 'test', '--fixtures', '/nowhere'], 2, 'no fixtures at /nowhere; name their folder with --fixtures DIR'],
  ])('%j', async (args, status, message) => {
    expect(await complaint(args, {})).toEqual([status, message])
  })

  describe.skipIf(needs('root', 'setpriv'))('as another user', () => {
    const options = { prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] }
    test.each([
      [
        ['bans', '--state', join(dir, 'closed')],
        1,
        'no permission to use DIR/closed/sipguard.sock: run this as root, or as a member of the group that owns the socket',
      ],
      [['replay', join(dir, 'sip.log')], 1, 'cannot read DIR/sip.log: permission denied; run this as root'],
      [['check', '--config', join(dir, 'sipguard.yaml')], 2, 'cannot read DIR/sipguard.yaml: permission denied; run this as root'],
      [
        ['emit', 'fail2ban', '--out', join(dir, 'of-root'), '--state', join(dir, 'none')],
        1,
        "cannot write to DIR/of-root: EACCES: permission denied, mkdir 'DIR/of-root/filter.d'; run this as root",
      ],
      [
        ['allow', 'check', '192.0.2.7', '--state', join(dir, 'closed')],
        1,
        "cannot use the state in DIR/closed: EACCES: permission denied, stat 'DIR/closed/state.db'; run this as root",
      ],
    ])('%j', async (args, status, message) => {
      expect(await complaint(args, options)).toEqual([status, message])
    })
    test('a log that a group may read names the group', async () => {
      const log = join(dir, 'adm.log')
      writeFileSync(log, '', { mode: 0o640 })
      chownSync(log, 0, Number(/^adm:[^:]*:(\d+)/m.exec(readFileSync('/etc/group', 'utf8'))![1]))
      expect(await complaint(['classify', log], options)).toEqual([
        1,
        'cannot read DIR/adm.log: permission denied; run this as root, or as a member of the group adm',
      ])
    })
    test('the socket of a running daemon', async () => {
      const daemon = await startFakeDaemon()
      chmodSync(daemon.stateDir, 0o755)
      chmodSync(daemon.socket, 0o660)
      expect(await complaint(['status', '--socket', daemon.socket], options)).toEqual([
        1,
        `no permission to use ${daemon.socket}: run this as root, or as a member of the group that owns the socket`,
      ])
      await daemon.stop()
    })
  })
})

test('a full disk says to make room, and other errors speak for themselves', () => {
  const full = Object.assign(new Error('ENOSPC'), { errno: -28, code: 'ENOSPC' })
  expect(remedyFor(new SipguardError('OUTPUT_FAILED', 'cannot write', { cause: full }))).toBe('; make room on the disk')
  expect(remedyFor(new SipguardError('USAGE', 'expected something'))).toBe('')
})
