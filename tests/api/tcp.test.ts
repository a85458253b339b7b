import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp, type TcpDoor } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { listenTcp, type TcpListener } from '../../src/api/server.ts'
import type { HttpConfig } from '../../src/config/types.ts'
import { freePort } from '../fleet/redis-server.ts'
import { needs } from '../require.ts'
import { createFakeControl, type FakeControl } from './fake-control.ts'

const CONFIG: HttpConfig = { host: '127.0.0.1', port: 0, tokenfile: null, tls: null, insecure: false, hosts: [] }

let control: FakeControl
let port: number
let opened: number
let authorization: string
let listener: TcpListener
const close = () => listener.close()
const open = (requestTimeoutMs?: number) => async (tcp: TcpDoor) => {
  opened++
  return createApp(control, createMetrics({ version: '0' }), { onFault: () => {}, tcp, ...(requestTimeoutMs && { requestTimeoutMs }) })
}
async function listen(part: Partial<HttpConfig> = {}, requestTimeoutMs?: number): Promise<void> {
  control = createFakeControl()
  opened = 0
  authorization = `Bearer ${await control.tokens.add('laptop', 'admin')}`
  port = await freePort()
  listener = await listenTcp(open(requestTimeoutMs), {
    ...{ ...CONFIG, port },
    ...part,
  })
}
beforeEach(() => listen())
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
  const statuses = await Promise.all(PATHS.map(async (path) => (await ask(path, { authorization })).status))
  expect(statuses).toEqual([200, 200, 200, 200, 404])
})
test.each([undefined, 'Bearer bad', 'Bearer ', 'Basic Z29vZA=='])(
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
  expect((await ask('/healthz', { host, authorization })).status).toBe(200)
})
test.each([
  'attacker.example',
  'localhost.attacker.example',
  '127.0.0.1.attacker.example:8471',
  '192.0.2.7',
  '[2001:db8::1]',
  'localhost:x',
])("the Host %s is another's name for us, whatever the token", async (host) => {
  const { status, text } = await ask('/api/status', { host, authorization })
  expect([status, JSON.parse(text).error.code]).toEqual([421, 'HOST_REFUSED'])
})
test('no page of another origin is let in', async () => {
  const { headers } = await ask('/api/status', { origin: 'https://attacker.example', authorization })
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
})
test('a port that is taken is named', async () => {
  const other = createServer()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const taken = (other.address() as AddressInfo).port
  await expect(listenTcp(open(), { ...CONFIG, port: taken })).rejects.toMatchObject({
    code: 'STATE_UNUSABLE',
    message: `cannot listen on 127.0.0.1 port ${taken} (http.listen): it is in use`,
  })
  await new Promise((done) => other.close(done))
})
test('a logout ends the feed that its session follows, and no other', async () => {
  const login = async () => {
    const sent = await fetch(`http://127.0.0.1:${port}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: authorization.slice('Bearer '.length) }),
    })
    const cookie = String(sent.headers.get('set-cookie')).split(';')[0] as string
    return { cookie, csrf: ((await sent.json()) as { csrf: string }).csrf }
  }
  const [leaves, stays] = [await login(), await login()]
  const follow = ({ cookie }: { cookie: string }) => {
    const state = { ended: false }
    const sent = request({ host: '127.0.0.1', port, path: '/api/feed', headers: { cookie }, agent: false })
    sent
      .on('error', () => {})
      .on('close', () => {
        state.ended = true
      })
    return once(sent.end(), 'response').then(([answer]) => {
      answer.on('error', () => {}).resume()
      return { state, sent }
    })
  }
  const [left, stayed] = [await follow(leaves), await follow(stays)]
  expect((await ask('/api/logout', { cookie: leaves.cookie, 'x-csrf-token': leaves.csrf }, 'POST')).status).toBe(204)
  await expect.poll(() => left.state.ended).toBe(true)
  expect(stayed.state.ended).toBe(false)
  stayed.sent.destroy()
})
test('a request without any Host is refused', async () => {
  const text = await new Promise<string>((done) => {
    let received = ''
    const socket = connect(port, '127.0.0.1').on('data', (chunk) => {
      received += chunk
    })
    socket.on('close', () => done(received)).end('GET /healthz HTTP/1.0\r\n\r\n')
  })
  expect(text).toMatch(/^HTTP\/1\.1 421 /)
})
test('the API is opened when somebody connects', async () => {
  expect(opened).toBe(0)
  await Promise.all([ask('/healthz', { authorization }), ask('/healthz', { authorization })])
  expect(opened).toBe(1)
})
test('who sends half a request is told so and cut off', async () => {
  await close()
  await listen({}, 200)
  const text = await new Promise<string>((done) => {
    let received = ''
    const socket = connect(port, '127.0.0.1').on('data', (chunk) => {
      received += chunk
    })
    socket.on('close', () => done(received)).write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n')
  })
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
})

describe.skipIf(needs('openssl'))('over TLS', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'sipguard-tls-'))
    issue('pbx')
    writeFileSync(join(dir, 'nonsense'), 'nonsense')
  })
  afterAll(() => rmSync(dir, { recursive: true }))
  function issue(name: string): void {
    const argv = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    ]
    execFileSync('openssl', [...argv, '-addext', 'subjectAltName=DNS:pbx.example.net', '-keyout', 'key.pem', '-out', 'cert.pem'], {
      ...{ cwd: dir, stdio: 'ignore' },
    })
  }
  const files = (cert = 'cert.pem', key = 'key.pem') => ({ tls: { cert: join(dir, cert), key: join(dir, key) } })

  test('requests are answered, and a login sets a cookie for TLS only', async () => {
    await close()
    await listen({ ...files(), hosts: ['pbx.example.net'] })
    const token = authorization.slice('Bearer '.length)
    const answer = await new Promise<{ status: number | undefined; cookie: string | undefined }>((done, fail) => {
      const ca = readFileSync(join(dir, 'cert.pem'))
      const headers = { host: `pbx.example.net:${port}`, 'content-type': 'application/json' }
      const options = {
        host: '127.0.0.1',
        servername: 'pbx.example.net',
        port,
        ca,
        headers,
        method: 'POST',
        path: '/api/login',
        agent: false,
      }
      const sent = secureRequest(options as object, (received) => {
        received.resume().on('end', () => done({ status: received.statusCode, cookie: received.headers['set-cookie']?.[0] }))
      })
      sent.on('error', fail).end(JSON.stringify({ token }))
    })
    expect(answer).toEqual({ status: 200, cookie: expect.stringContaining('; Secure;') })
  })
  test('a certificate that was renewed is shown to who connects then; one that is broken changes nothing', async () => {
    const shown = async () => {
      const client = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
      await once(client, 'secureConnect')
      const { CN } = client.getPeerCertificate().subject
      client.destroy()
      return CN
    }
    await close()
    await listen(files())
    issue('renewed')
    expect(await shown()).toBe('pbx')
    await listener.renew()
    expect(await shown()).toBe('renewed')
    writeFileSync(join(dir, 'key.pem'), 'nonsense')
    await expect(listener.renew()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await shown()).toBe('renewed')
    issue('pbx')
  })
  test('what is not encrypted is not answered', async () => {
    await close()
    await listen(files())
    await expect(ask('/healthz', { authorization })).rejects.toThrow()
    expect(opened).toBe(0)
  })
  test('a certificate that is not there, or is none, ends the start', async () => {
    await expect(listenTcp(open(), { ...CONFIG, ...files('nosuch') })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining(join(dir, 'nosuch')),
    })
    for (const pair of [files('nonsense'), files('cert.pem', 'nonsense'), files('key.pem', 'cert.pem')]) {
      await expect(listenTcp(open(), { ...CONFIG, ...pair })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('http.tls: expected a certificate and its key'),
      })
    }
  })
})
