import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { listenUnix } from '../../src/api/server.ts'
import { createFakeControl } from './fake-control.ts'

/** The API of a fake daemon on a real socket in a state directory of its own. */
export async function startFakeDaemon() {
  const stateDir = mkdtempSync(join(tmpdir(), 'sipguard-api-'))
  const socket = join(stateDir, 'sipguard.sock')
  const control = createFakeControl()
  const metrics = createMetrics({ version: '0.1.0' })
  const faults: unknown[] = []
  const close = await listenUnix(async () => createApp(control, metrics, { onFault: (error) => faults.push(error) }), socket)
  return {
    stateDir,
    socket,
    control,
    metrics,
    faults,
    async stop() {
      await close()
      rmSync(stateDir, { recursive: true })
    },
  }
}
export type FakeDaemon = Awaited<ReturnType<typeof startFakeDaemon>>

export interface Answer {
  readonly status: number
  readonly type: string | undefined
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

/** One raw request; `body` is sent as it is. */
export function send(
  socketPath: string,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        socketPath,
        method,
        path,
        headers: body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)), ...headers },
        agent: false,
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () =>
          done({ status: answer.statusCode ?? 0, type: answer.headers['content-type'], text, headers: answer.headers }),
        )
      },
    )
    sent.on('error', fail)
    sent.end(body)
  })
}

/** A request whose body is a value; the answer's is JSON. */
export async function ask({ socket }: Pick<FakeDaemon, 'socket'>, method: string, path: string, body?: unknown) {
  const { status, json } = await askWhole({ socket }, method, path, body)
  return { status, json }
}

/** The same, with the answer's headers. */
export async function askWhole({ socket }: Pick<FakeDaemon, 'socket'>, method: string, path: string, body?: unknown) {
  const { status, text, headers } = await send(socket, method, path, body === undefined ? undefined : JSON.stringify(body))
  return { status, json: JSON.parse(text), headers }
}
