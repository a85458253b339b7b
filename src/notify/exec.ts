import { spawn } from 'node:child_process'
import type { ChannelConfig } from '../config/types.ts'
import { forTerminal, toJsonLine } from '../escape.ts'
import { messageJson } from './compose.ts'
import { createConfinement } from './confinement.ts'
import { oneLine } from './notice.ts'
import type { Answer, Channel } from './types.ts'

const LIMIT_MS = 10_000
/** How long what it left behind in the background may hold its standard error open. */
const LAST_WORDS_MS = 200
/** Of its standard error. */
const MOST_REASON = 200

type Exec = Extract<ChannelConfig, { type: 'exec' }>

/**
 * Starts a program for each message, which gets it as one line of JSON on standard input: no shell, no environment but PATH, a process group
 * of its own, without our capabilities where they can be dropped. Exit status 0: taken. `limitMs`, of one try: default 10,000.
 */
export function createExec(name: string, config: Exec, host: string, limitMs = LIMIT_MS): Channel {
  const { argv, severities } = config
  const confinement = createConfinement()
  return {
    name,
    place: [forTerminal(argv[0]), ...(confinement.lacks === null ? [] : [`(${confinement.lacks})`])].join(' '),
    classes: severities,
    send: (message, signal) => run([...confinement.prefix, ...argv], `${toJsonLine(messageJson(message, host))}\n`, signal, limitMs),
  }
}

function run(argv: readonly string[], input: string, signal: AbortSignal, limitMs: number): Promise<Answer> {
  const [file, ...rest] = argv as [string, ...string[]]
  return new Promise((resolve) => {
    const child = spawn(file, rest, { env: { PATH: process.env.PATH ?? '' }, cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    let said = ''
    let late = false
    const end = () => {
      late = true
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const timer = setTimeout(end, limitMs)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    const ended = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
    }
    const answer = (outcome: Answer['outcome'], detail: string) => resolve({ outcome, detail: oneLine(detail, MOST_REASON) })
    child.stdin.on('error', () => {}) // it need not read
    child.stdin.end(input)
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < MOST_REASON) said += text
    })
    child.on('error', (error) => {
      ended()
      answer('failed', error.message)
    })
    child.on('exit', () => {
      ended()
      setTimeout(() => child.stderr.destroy(), LAST_WORDS_MS).unref()
    })
    child.on('close', (status, killedBy) => {
      if (late) answer('failed', `did not end within ${limitMs / 1000} s`)
      else if (status === 0) answer('taken', 'exit status 0')
      else answer('failed', `${status === null ? killedBy : `exit status ${status}`}${said === '' ? '' : `: ${said.trim()}`}`)
    })
  })
}
