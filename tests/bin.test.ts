import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failures } from './daemon/lines.ts'
import { eventually, watch } from './daemon/watching.ts'
import { underOldNode } from './old-node.ts'
import { bin, finish, root, sipguard } from './sipguard.ts'
import { temporaryDirectories } from './state/temporary-directory.ts'

const newDirectory = temporaryDirectories()

test('it works from any directory', async () => {
  const { status, out } = await sipguard(['classify'], { cwd: '/', input: failures(1, '192.0.2.7') })
  expect(status).toBe(0)
  expect(out).toContain('"ip":"192.0.2.7"')
})
test('it works through a symbolic link, as npm installs it', async () => {
  const link = join(newDirectory(), 'sipguard')
  symlinkSync(bin, link)
  const { status, stdout } = spawnSync(link, ['--version'], { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

/** bin/ beside a node_modules of its own, so that the Node found there may be any. */
function installation(installed: string | null): { readonly launcher: string; readonly command: readonly string[] } {
  const dir = newDirectory()
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true })
  writeFileSync(join(dir, 'package.json'), '{"type":"module","version":"9.9.9"}')
  if (installed !== null) {
    mkdirSync(join(dir, 'node_modules/node/bin'), { recursive: true })
    symlinkSync(installed, join(dir, 'node_modules/node/bin/node'))
  }
  for (const name of ['src', 'filters', 'jails']) symlinkSync(join(root, name), join(dir, name))
  const launcher = join(dir, 'bin/sipguard.js')
  return { launcher, command: underOldNode(launcher, dir) }
}

const run = (command: readonly string[], args: readonly string[], input = '') =>
  spawnSync(command[0]!, [...command.slice(1), ...args], { encoding: 'utf8', input })

describe('under a Node that is too old', () => {
  test('it hands over to the one that npm installed: input, output and exit status are those of the command', () => {
    const { command } = installation(process.execPath)
    const classified = run(command, ['classify'], failures(1, '192.0.2.7'))
    expect([classified.status, classified.stderr]).toEqual([0, ''])
    expect(classified.stdout).toContain('"ip":"192.0.2.7"')
    const refused = run(command, ['classify', '/nowhere'])
    expect([refused.status, refused.stderr]).toEqual([1, 'sipguard: cannot read /nowhere: no such file\n'])
    expect(run(command, ['wacth']).status).toBe(2)
  })
  test('without one it says what it needs', () => {
    const { command } = installation(null)
    const { status, stdout, stderr } = run(command, ['--version'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^sipguard needs Node 24 or newer, this is v\S+; install one, or run 'npm install' here\n$/)
  })

  describe('a daemon', () => {
    let child: ChildProcess
    let state: string
    let log: string
    beforeEach(async () => {
      const dir = newDirectory()
      state = join(dir, 'state')
      log = join(dir, 'sip.log')
      writeFileSync(log, '')
      const { command } = installation(process.execPath)
      child = spawn(command[0]!, [...command.slice(1), 'watch', log, '--state', state], { stdio: ['ignore', 'pipe', 'pipe'] })
      await eventually(() => expect(existsSync(join(state, 'sipguard.sock'))).toBe(true))
    })
    afterEach(() => void child.kill('SIGKILL'))

    test('is stopped cleanly by SIGTERM', async () => {
      const ended = finish(child)
      child.kill('SIGTERM')
      expect((await ended).status).toBe(0)
      expect(existsSync(join(state, 'sipguard.sock'))).toBe(false)
    })
    test('does not outlive a kill -9, so that the next one can start at once', async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      const next = await watch([log], { state })
      expect((await next.status()).degraded).toEqual([])
    })
    test('that is killed ends its launcher by the same signal', async () => {
      const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number)
      const ended = once(child, 'exit')
      process.kill(pid!, 'SIGKILL')
      expect(await ended).toEqual([null, 'SIGKILL'])
    })
  })
})
