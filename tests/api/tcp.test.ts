import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { listenTcp } from '../../src/api/server.ts'
import type { Tokens } from '../../src/api/tokens.ts'
import { createFakeControl, type FakeControl } from './fake-control.ts'

const TOKEN = 'Bearer good'
const tokens: Tokens = { accepts: (header) => header === TOKEN }

let control: FakeControl
let port: number
let close: () => Promise<void>
beforeEach(async () => {
  control = createFakeControl()
  const app = createApp(control, createMetrics({ version: '0' }), { onFault: () => {} })
  close = await listenTcp(app, { host: '127.0.0.1', port: 0, tokenfile: null }, tokens)
  port = (app.server.address() as AddressInfo).port
})
afterEach(() => close())

function ask(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number | undefined; text: string; headers: NodeJS.Dict<string | string[]> }>((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => done({ status: answer.statusCode, text, headers: answer.headers }))
    })
    sent.on('error', fail).end()
  })
}

const PATHS = ['/api/status', '/api/registered-phones', '/healthz', '/metrics', '/nosuch']

test('with a token everything is answered as on the socket', async () => {
  const statuses = await Promise.all(PATHS.map(async (path) => (await ask(path, { authorization: TOKEN })).status))
  expect(statuses).toEqual([200, 200, 200, 200, 404])
})
test.each([undefined, 'Bearer bad', 'Basic Z29vZA=='])(
  'with the Authorization %s nothing is answered, and nothing is done',
  async (authorization) => {
    for (const path of PATHS) {
      const { status, text, headers } = await ask(path, authorization === undefined ? {} : { authorization })
      expect([status, headers['www-authenticate']], path).toEqual([401, 'Bearer'])
      expect(JSON.parse(text).error.code).toBe('UNAUTHORIZED')
    }
    expect((await ask('/api/bans?all=true', authorization === undefined ? {} : { authorization }, 'DELETE')).status).toBe(401)
    expect(control.calls).toEqual([])
  },
)
test.each(['localhost', 'LOCALHOST:9000', '127.0.0.1:8471', '127.0.0.2', '[::1]:8471'])('the Host %s is ours', async (host) => {
  expect((await ask('/healthz', { host, authorization: TOKEN })).status).toBe(200)
})
test.each([
  'attacker.example',
  'localhost.attacker.example',
  '127.0.0.1.attacker.example:8471',
  '192.0.2.7',
  '[2001:db8::1]',
  'localhost:x',
])("the Host %s is another's name for us, whatever the token", async (host) => {
  const { status, text } = await ask('/api/status', { host, authorization: TOKEN })
  expect([status, JSON.parse(text).error.code]).toEqual([421, 'HOST_REFUSED'])
})
test('no page of another origin is let in', async () => {
  const { headers } = await ask('/api/status', { origin: 'https://attacker.example', authorization: TOKEN })
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
})
test('a port that is taken is named', async () => {
  const other = createServer()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const taken = (other.address() as AddressInfo).port
  const app = createApp(createFakeControl(), createMetrics({ version: '0' }), { onFault: () => {} })
  await expect(listenTcp(app, { host: '127.0.0.1', port: taken, tokenfile: null }, tokens)).rejects.toMatchObject({
    code: 'STATE_UNUSABLE',
    message: `cannot listen on 127.0.0.1 port ${taken} (http.listen): it is in use`,
  })
  await new Promise((done) => other.close(done))
})
