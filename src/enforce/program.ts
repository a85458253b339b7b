import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SipguardError } from '../errors.ts'
import { toolEnvironment } from './machine.ts'
import { missingProgram } from './unavailable.ts'

interface Outcome {
  readonly status: number | null
  readonly stderr: string
}

/** Exit status by which launchers (env, sh) say that there is no such program. */
const NOT_FOUND = 127

/**
 * Starts programs behind the same command prefix. `input` is asked for its next piece as the program reads; `onLine` gets each line of standard
 * output, which is read only if it is given.
 */
export type RunProgram = (
  argv: readonly [string, ...string[]],
  input?: string | Iterable<string>,
  onLine?: (line: string) => void,
) => Promise<Outcome>

/**
 * Runs programs to their end; `input` goes to standard input.
 * @throws SipguardError ENFORCE_UNAVAILABLE when there is no such program, ENFORCE_FAILED when it has not ended after `timeoutMs`
 */
export function programs(command: readonly string[], timeoutMs: number): RunProgram {
  return ([program, ...args], input = '', onLine) =>
    new Promise((resolve, reject) => {
      const [file, ...rest] = [...command, program, ...args] as [string, ...string[]]
      // A process group of its own: Ctrl-C on our terminal must not cut a transaction, and a time-out ends its children too.
      const child = spawn(file, rest, { env: toolEnvironment(), detached: true, stdio: ['pipe', onLine ? 'pipe' : 'ignore', 'pipe'] })
      const timer = setTimeout(() => {
        killGroup(child.pid)
        reject(new SipguardError('ENFORCE_FAILED', `${program} did not end within ${timeoutMs / 1000} s`))
      }, timeoutMs)
      let stderr = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      if (onLine) child.stdout?.setEncoding('utf8').on('data', lineSplitter(onLine))
      // It may end without reading; its exit status says why.
      if (child.stdin) pipeline(Readable.from(input), child.stdin).catch(() => {})
      child.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        reject(
          error.code === 'ENOENT' ? missingProgram(program, error) : new SipguardError('ENFORCE_FAILED', `${program}: ${error.message}`),
        )
      })
      child.on('close', (status) => {
        clearTimeout(timer)
        if (status === NOT_FOUND) reject(missingProgram(program))
        else resolve({ status, stderr })
      })
    })
}

/** Whole lines of a text that comes in pieces; every line that our tools print has its end. */
function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(onLine)
  }
}

/** Ends a detached child and whatever it started. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
