import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sshClient } from '../../src/init/index.ts'
import type { Tree } from '../../src/servers/tree.ts'

/** A machine that has only these processes: their parents, and their environment or null where it may not be read. */
function machineOf(processes: Readonly<Record<number, { readonly parent: number; readonly environ: string | null }>>): Tree {
  return {
    glob: () => [],
    facts: () => null,
    tail: () => Buffer.alloc(0),
    read(path) {
      const [, pid, file] = /^\/proc\/(\d+)\/(\w+)$/.exec(join('/', path)) ?? []
      const found = processes[Number(pid)]
      if (!found) return null
      if (file === 'status') return `Name:\tx\nPPid:\t${found.parent}\n`
      if (found.environ === null) throw new Error('EACCES')
      return found.environ
    },
  }
}

test('who came over SSH is known by the environment', () => {
  expect(sshClient(machineOf({}), { SSH_CONNECTION: '2001:DB8:0::7 50000 203.0.113.9 22' }, 1)).toBe('2001:db8::7')
})

test('behind sudo, which takes the environment away, by that of the parents', () => {
  const machine = machineOf({
    30: { parent: 20, environ: 'PATH=/bin\0' },
    20: { parent: 10, environ: null },
    10: { parent: 1, environ: 'A=b\0SSH_CONNECTION=198.51.100.20 50000 203.0.113.9 22\0' },
  })
  expect(sshClient(machine, {}, 30)).toBe('198.51.100.20')
})

test('on the console there is none, nor is what is no address', () => {
  expect(sshClient(machineOf({ 30: { parent: 30, environ: '' } }), {}, 30)).toBeNull()
  expect(sshClient(machineOf({}), { SSH_CONNECTION: 'office.example.net 1 2 3' }, 1)).toBeNull()
})
