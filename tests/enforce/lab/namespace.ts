import { execFileSync } from 'node:child_process'

let made = 0

/** A network namespace of its own for one test file; `prefix` is put before a command to run it inside. */
export interface Namespace {
  readonly name: string
  readonly prefix: readonly string[]
  /** Runs a program inside to its end and gives its output. @throws when it fails */
  run(program: string, ...args: readonly string[]): string
  remove(): void
}

export function makeNamespace(): Namespace {
  const name = `sgenforce-${process.pid}-${++made}`
  const prefix = ['ip', 'netns', 'exec', name]
  const run = (program: string, ...args: readonly string[]) => {
    const [file, ...rest] = [...prefix, program, ...args] as [string, ...string[]]
    return execFileSync(file, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: sbin(), maxBuffer: 2 ** 26 })
  }
  execFileSync('ip', ['netns', 'add', name], { env: sbin() })
  run('ip', 'link', 'set', 'lo', 'up')
  return { name, prefix, run, remove: () => execFileSync('ip', ['netns', 'del', name], { env: sbin() }) }
}

function sbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
}
