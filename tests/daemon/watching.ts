import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import type { StatusReport } from '../../src/api/control.ts'
import { createClient } from '../../src/cli/client.ts'
import { objects, type RunOptions, start } from '../sipguard.ts'

export interface WatchOptions extends RunOptions {
  readonly state: string
  /** Default: in the state directory. */
  readonly socket?: string
  /** Do not wait until it answers. */
  readonly atOnce?: boolean
}

/** A real `sipguard watch --json`. */
export interface Watching {
  readonly child: ChildProcess
  /** What it has printed so far of this type. */
  printed(type: string): Record<string, unknown>[]
  /** Everything it has written to standard output. */
  output(): string
  /** Everything it has written to standard error. */
  complaints(): string
  status(): Promise<StatusReport>
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>
  /** Resolves with its exit status, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

/** Starts it and resolves when it answers. What is left of it when the test ends is killed. */
export async function watch(args: readonly string[], options: WatchOptions): Promise<Watching> {
  const { state, socket = join(state, 'sipguard.sock') } = options
  const child = start(['watch', ...args, '--state', state, '--socket', socket, '--json'], options)
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = once(child, 'exit')
  const client = createClient({ socket })
  const watching: Watching = {
    child,
    printed: (type) => objects(out.slice(0, out.lastIndexOf('\n') + 1)).filter((object) => object.type === type),
    output: () => out,
    complaints: () => err,
    status: () => client.call<StatusReport>('GET', '/api/status'),
    call: (method, path, body) => client.call(method, path, body),
    async end(signal) {
      child.kill(signal)
      const [status, endedBy] = (await ended) as [number | null, NodeJS.Signals | null]
      return status ?? (endedBy as NodeJS.Signals)
    },
  }
  while (!options.atOnce) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${out}${err}`)
    const answered = await watching.status().then(
      () => true,
      () => false,
    )
    if (answered) break
    await sleep(20)
  }
  return watching
}

/** Waits until something holds, as long as a busy machine may need. */
export function eventually(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 25 })
}
