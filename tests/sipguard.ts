import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')
export const bin = join(root, 'bin/sipguard.js')

export interface Run {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  /** Put before the command, `['ip', 'netns', 'exec', 'NAME']`. */
  readonly prefix?: readonly string[]
  readonly input?: string | Buffer
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** The real program, started as people start it. */
export function start(args: readonly string[], { prefix = [], cwd, env }: RunOptions = {}): ChildProcess {
  const [command, ...rest] = [...prefix, process.execPath, bin, ...args] as [string, ...string[]]
  return spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], ...(cwd && { cwd }), env: { ...process.env, ...env } })
}

/** Runs the real program to its end. */
export async function sipguard(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = start(args, options)
  child.stdin?.on('error', () => {}) // it ended without reading
  child.stdin?.end(options.input ?? '')
  return finish(child)
}

/** What a program prints and how it ends. */
export async function finish(child: ChildProcess): Promise<Run> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const status = await new Promise<number | null>((done) => child.once('close', done))
  return { status, out, err }
}

/** The objects of an output of one JSON object a line. */
export function objects(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
