import { spawn } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failures } from '../daemon/lines.ts'
import { bin, finish, root, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
const COMMANDS: ReadonlySet<string> = new Set(['replay', 'watch'])

describe('what is asked wrongly', () => {
  test.each([
    [['wacth'], "sipguard: unknown command 'wacth'\n(Did you mean watch?)\n"],
    [['replay', '--jsno', 'x'], "sipguard: unknown option '--jsno'\n(Did you mean --json?)\n"],
    [
      ['watch', '--enforce', 'pf', 'x'],
      "sipguard: option '--enforce <backend>' argument 'pf' is invalid. Allowed choices are none, nftables, iptables.\n",
    ],
    [['replay'], "sipguard: missing required argument 'files'\n"],
    [['help', 'bna'], "sipguard: unknown command 'bna'\n(Did you mean ban?)\n"],
    [['help', 'nonsense'], "sipguard: unknown command 'nonsense'\n("],
  ])('%j ends with 2 and says what would be right', async (args, message) => {
    const { status, out, err } = await sipguard(args)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(message)
    const shown = COMMANDS.has(args[0]!) ? `${args[0]} --help shows its options` : '--help shows all commands'
    expect(err).toContain(`(sipguard ${shown})`)
  })
  test('of a command with commands of its own, those are shown', async () => {
    const { err } = await sipguard(['token', 'ad', 'x'])
    expect(err).toBe("sipguard: unknown command 'ad'\n(Did you mean add?)\n(sipguard token --help shows its commands)\n")
  })
  test('nothing to watch is no daemon', async () => {
    expect(await sipguard(['watch'])).toEqual({
      status: 2,
      out: '',
      err: 'sipguard: nothing to watch: name log files, or a configuration with sources: (sipguard watch --help)\n',
    })
  })
})

test('--help is the reference, --version the version', async () => {
  const help = await sipguard(['--help'])
  expect([help.status, help.err]).toEqual([0, ''])
  for (const verb of [
    'watch',
    'replay',
    'classify',
    'filter',
    'jail',
    'check',
    'emit',
    'status',
    'bans',
    'ban',
    'unban',
    'allow',
    'completion',
  ])
    expect(help.out).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
  expect((await sipguard(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

describe('output that nobody takes', () => {
  const manyLines = () => {
    const file = join(newDirectory(), 'a.log')
    writeFileSync(file, failures(5000, '192.0.2.7'))
    return file
  }
  test.each([['classify'], ['replay', '--json', '--found']])('%j ends quietly where head closes the pipe', async (...args) => {
    const script = `'${process.execPath}' '${bin}' ${args.join(' ')} '${manyLines()}' | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { status, out, err } = await finish(spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] }))
    expect([status, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^\{.*\}$/)
    expect(lines[1]).toBe('0')
  })
  test('on a full disk is an error of one line', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [bin, 'classify', manyLines()], { stdio: ['ignore', full, 'pipe'] })
    const { status, err } = await finish(child)
    expect([status, err]).toEqual([1, 'sipguard: cannot write the output: ENOSPC: no space left on device, write\n'])
  })
})

test('a bug is not hidden: what is no known error keeps its stack', async () => {
  const script = `import { main } from '${join(root, 'src/cli/main.ts')}'\nMath.max = undefined\nawait main(['node', 'sipguard', 'bans', '--socket', '/nowhere', '--json'])\nnull.x`
  const { status, err } = await finish(
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  expect(status).toBe(1)
  expect(err).toContain('no sipguard daemon answers on /nowhere')
  expect(err).toContain('TypeError')
})
