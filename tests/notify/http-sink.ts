import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

/** A status to answer with, or what else may happen to a request. */
export type Behaviour = number | 'hang' | 'reset' | 'redirect'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Web servers on loopback; gone after the test. */
export function httpSinks() {
  const closers: (() => void)[] = []
  afterEach(() => {
    for (const close of closers.splice(0)) close()
  })
  /** Each request is answered by the next of these, the last one stays. */
  return async (...script: Behaviour[]) => {
    const received: Received[] = []
    const paths: string[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const piece of request.setEncoding('utf8')) body += piece
      paths.push(request.url ?? '')
      received.push({ headers: request.headers, body })
      const behaviour = script.length > 1 ? script.shift()! : (script[0] ?? 200)
      if (behaviour === 'reset') request.socket.resetAndDestroy()
      else if (behaviour === 'redirect') response.writeHead(301, { location: '/elsewhere' }).end()
      else if (behaviour !== 'hang') response.writeHead(behaviour).end('a body that nobody reads')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, received, paths }
  }
}

/** A port of loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
