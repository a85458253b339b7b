import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { ERRORS, type ErrorCode, SipguardError } from '../errors.ts'

/** Where a command looks for its daemon. */
export interface DaemonOptions {
  readonly socket?: string
  readonly state?: string
}

const SYSTEM_SOCKET = '/run/sipguard/sipguard.sock'
const SOCKET_NAME = 'sipguard.sock'
/** A ban answers when the kernel has it; longer than this means that the daemon hangs. */
const ANSWER_TIMEOUT_MS = 30_000

/** systemd's STATE_DIRECTORY, else /var/lib/sipguard for root, else sipguard under XDG_STATE_HOME (default ~/.local/state). */
export function defaultStateDir(): string {
  const given = process.env.STATE_DIRECTORY?.split(':')[0]
  if (given) return given
  if (process.getuid?.() === 0) return '/var/lib/sipguard'
  const home = process.env.XDG_STATE_HOME
  // The XDG specification has relative paths ignored.
  return join(home && isAbsolute(home) ? home : join(homedir(), '.local/state'), 'sipguard')
}

/** The sockets on which the daemon may answer, in the order in which they are tried. */
export function socketCandidates(options: DaemonOptions): string[] {
  if (options.socket !== undefined) return [resolve(options.socket)]
  if (options.state !== undefined) return [resolve(options.state, SOCKET_NAME)]
  return [SYSTEM_SOCKET, join(defaultStateDir(), SOCKET_NAME)]
}

/** Where a daemon makes its socket: in `--state DIR`, else in systemd's RUNTIME_DIRECTORY, else in the default state directory. */
export function daemonSocket(stateDir: string | undefined): string {
  const runtime = process.env.RUNTIME_DIRECTORY?.split(':')[0]
  return join(stateDir ?? (runtime || defaultStateDir()), SOCKET_NAME)
}

/** Adds --socket and --state to a command that talks to the daemon. */
export function withDaemonOptions(command: Command): Command {
  return command.option('--socket <path>', "the daemon's socket").option('--state <dir>', "the daemon's state directory")
}

export interface Client {
  /**
   * One request to the daemon; resolves to the JSON of its answer.
   * @throws SipguardError DAEMON_NOT_RUNNING, DAEMON_REFUSED, or what the daemon answered
   */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>
}

export function createClient(options: DaemonOptions): Client {
  const candidates = socketCandidates(options)
  return {
    async call<T>(method: string, path: string, body?: object): Promise<T> {
      let forbidden: string | null = null
      for (const socket of candidates) {
        try {
          return (await exchange(socket, method, path, body)) as T
        } catch (error) {
          const { syscall, code } = error as NodeJS.ErrnoException
          if (syscall !== 'connect') throw error
          if (code === 'EACCES' || code === 'EPERM') forbidden ??= socket
        }
      }
      if (forbidden !== null) {
        throw new SipguardError(
          'DAEMON_REFUSED',
          `no permission to use ${forbidden}: run this as root, or as a member of the group that owns the socket`,
        )
      }
      throw new SipguardError(
        'DAEMON_NOT_RUNNING',
        `no sipguard daemon answers on ${candidates.join(' or ')}: start it ('systemctl start sipguard' or 'sipguard watch'), or say where it is with --socket or --state`,
      )
    },
  }
}

async function exchange(socketPath: string, method: string, path: string, body: object | undefined): Promise<unknown> {
  const { request } = await import('node:http')
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const headers = payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
  const { status, text } = await new Promise<{ status: number; text: string }>((done, fail) => {
    const sent = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      answer.on('error', fail)
    })
    sent.on('error', fail)
    sent.setTimeout(ANSWER_TIMEOUT_MS, () => {
      sent.destroy(
        new SipguardError('DAEMON_REFUSED', `the daemon on ${socketPath} did not answer within ${ANSWER_TIMEOUT_MS / 1000} seconds`),
      )
    })
    sent.end(payload)
  }).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof SipguardError || error.syscall === 'connect') throw error
    throw new SipguardError('DAEMON_REFUSED', `the daemon on ${socketPath} broke off: ${error.message}`, { cause: error })
  })
  return read(socketPath, status, text)
}

/** The answer's JSON, or the error it tells. */
function read(socketPath: string, status: number, text: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw new SipguardError('DAEMON_REFUSED', `what answers on ${socketPath} is not sipguard`, { cause })
  }
  if (status < 400) return answer
  const { error, details } = (answer ?? {}) as { error?: { code?: string; message?: string } | null; details?: string }
  const { code, message } = error ?? {}
  const known = code !== undefined && Object.hasOwn(ERRORS, code)
  throw new SipguardError(
    known ? (code as ErrorCode) : 'DAEMON_REFUSED',
    message === undefined ? `the daemon answered ${status}` : details === undefined ? message : `${message}: ${details}`,
  )
}
