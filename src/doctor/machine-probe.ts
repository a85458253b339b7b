import { execFile } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { connect } from '../fleet/connection.ts'
import { createTree } from '../servers/tree.ts'
import { type Probe, type Ran, Unchecked } from './probe.ts'

/** A program that has not answered by then hangs. */
const LONGEST_RUN_MS = 20_000
const LONGEST_OUTPUT = 16 * 1024 * 1024

/** The machine we are on. `command` is put before each program: only tests set it. */
export function createMachineProbe(given: Pick<Probe, 'config' | 'stateDir' | 'status'>, command: readonly string[] = []): Probe {
  return {
    ...given,
    tree: createTree('/'),
    run: (argv) => run([...command, ...argv] as [string, ...string[]]),
    async redisMemory(urls) {
      const connection = connect(urls)
      try {
        await connection.ready()
        return await connection.client.info('memory')
      } finally {
        connection.close()
      }
    },
    disk(path) {
      const { bavail, blocks, bsize } = statfsSync(nearest(path))
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    },
  }
}

function run([program, ...args]: readonly [string, ...string[]]): Promise<Ran> {
  // sbin is on the path also in a plain user's shell; messages are English, because we read them.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' }
  const options = { env, timeout: LONGEST_RUN_MS, killSignal: 'SIGKILL', maxBuffer: LONGEST_OUTPUT } as const
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code === 'string') reject(new Unchecked(`cannot run ${program}: ${error.code}`))
      else if (error?.killed) reject(new Unchecked(`${program} did not end within ${LONGEST_RUN_MS / 1000} s`))
      else resolve({ status: child.exitCode, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** The path, or the nearest folder above it that is there. */
function nearest(path: string): string {
  try {
    statfsSync(path)
    return path
  } catch {
    return path === dirname(path) ? path : nearest(dirname(path))
  }
}
