import type { FastifyInstance } from 'fastify'
import { beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { AT, createFakeControl, type FakeControl } from './fake-control.ts'

const HOUR = 36e5

let control: FakeControl
let app: FastifyInstance
let nowMs: number
let token: string
const appWith = (secure = false) =>
  createApp(control, createMetrics({ version: '0' }), { onFault: () => {}, tcp: { hosts: [], secure }, now: () => nowMs })
beforeEach(async () => {
  control = createFakeControl()
  nowMs = AT
  token = await control.tokens.add('laptop', 'admin')
  app = appWith()
})

const login = (given = token, remoteAddress = '192.0.2.1') =>
  app.inject({ method: 'POST', url: '/api/login', payload: { token: given }, remoteAddress })
async function session() {
  const answer = await login()
  return { cookie: String(answer.headers['set-cookie']).split(';')[0] as string, csrf: answer.json().csrf as string }
}
const ask = async (cookie: string) => (await app.inject({ url: '/api/session', headers: { cookie } })).statusCode
const wrong = (i: number) => String(i).padStart(43, 'x')

describe('a login', () => {
  test('with a token answers who it is, and sets a cookie that no script can read and no other page can send', async () => {
    const answer = await login()
    expect([answer.statusCode, answer.json()]).toEqual([200, { name: 'laptop', role: 'admin', csrf: expect.stringMatching(/^[\w-]{43}$/) }])
    expect(answer.headers['set-cookie']).toMatch(/^sipguard_session=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=604800$/)
    expect(answer.headers['set-cookie']).not.toContain(answer.json().csrf)
  })
  test('over TLS sets one that travels over TLS only', async () => {
    app = appWith(true)
    expect((await login()).headers['set-cookie']).toMatch(/; Path=\/; Secure; Max-Age=604800$/)
  })
  test('with a wrong token is refused, and sets nothing', async () => {
    const answer = await login(wrong(1))
    expect([answer.statusCode, answer.json().error]).toEqual([401, { code: 'UNAUTHORIZED', message: 'this token is not known' }])
    expect(answer.headers['set-cookie']).toBeUndefined()
  })
  test('cannot be sent by a form of another page', async () => {
    const answer = await app.inject({
      ...{ method: 'POST', url: '/api/login', payload: `token=${token}` },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.statusCode).toBe(415)
  })
})

describe('after ten wrong tokens within ten minutes', () => {
  beforeEach(async () => {
    for (let i = 0; i < 10; i++) expect((await login(wrong(i))).statusCode).toBe(401)
  })
  test('their address is told to wait, also with the right one', async () => {
    nowMs += 60_000
    const answer = await login()
    expect([answer.statusCode, answer.headers['retry-after'], answer.json().error]).toEqual([
      429,
      '540',
      { code: 'TOO_MANY_LOGINS', message: 'too many wrong tokens were tried: try again in 540 seconds' },
    ])
  })
  test('others are not', async () => {
    expect((await login(token, '192.0.2.2')).statusCode).toBe(200)
  })
  test('it is heard again when they are over', async () => {
    nowMs += 10 * 60_000
    expect((await login()).statusCode).toBe(200)
  })
  test('whoever has a token or a session goes on', async () => {
    expect((await app.inject({ url: '/healthz', headers: { authorization: `Bearer ${token}` } })).statusCode).toBe(200)
  })
})

test('addresses of one IPv6 /64 are one, and all together may try a hundred', async () => {
  for (let i = 0; i < 10; i++) await login(wrong(i), `2001:db8::${i + 1}`)
  expect((await login(token, '2001:db8::ffff')).statusCode).toBe(429)
  expect((await login(token, '2001:db8:0:1::1')).statusCode).toBe(200)
  for (let i = 0; i < 90; i++) expect((await login(wrong(i), `192.0.2.${i}`)).statusCode).toBe(401)
  expect((await login(token, '198.51.100.1')).statusCode).toBe(429)
})

describe('a session', () => {
  test('ends twelve hours after the last request', async () => {
    const { cookie } = await session()
    for (let i = 0; i < 3; i++) {
      nowMs += 12 * HOUR - 1
      expect(await ask(cookie)).toBe(200)
    }
    nowMs += 12 * HOUR
    expect(await ask(cookie)).toBe(401)
  })
  test('ends seven days after the login', async () => {
    const { cookie } = await session()
    for (let i = 0; i < 14; i++) {
      expect(await ask(cookie)).toBe(200)
      nowMs += 12 * HOUR - 1
    }
    expect(await ask(cookie)).toBe(200)
    nowMs += 14
    expect(await ask(cookie)).toBe(401)
  })
  test('ends with its token, and does not come back with another of its name', async () => {
    const { cookie } = await session()
    await control.tokens.remove('laptop')
    expect(await ask(cookie)).toBe(401)
    await control.tokens.add('laptop', 'admin')
    expect(await ask(cookie)).toBe(401)
  })
  test('ends with a logout, which has the browser forget the cookie; others go on', async () => {
    const [{ cookie, csrf }, other] = [await session(), await session()]
    const answer = await app.inject({ method: 'POST', url: '/api/logout', headers: { cookie, 'x-csrf-token': csrf } })
    expect([answer.statusCode, answer.body, answer.headers['set-cookie']]).toEqual([
      204,
      '',
      'sipguard_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0',
    ])
    expect(await ask(cookie)).toBe(401)
    expect(await ask(other.cookie)).toBe(200)
  })
  test('is found among other cookies, and under its own name only', async () => {
    const { cookie } = await session()
    expect(await ask(`theme=dark; ${cookie}; x=y`)).toBe(200)
    expect(await ask(`x${cookie}`)).toBe(401)
    expect(await ask(`${cookie}x`)).toBe(401)
  })
  test('the oldest end where there are more than a thousand', async () => {
    const { cookie } = await session()
    for (let i = 0; i < 999; i++) await login()
    expect(await ask(cookie)).toBe(200)
    const newest = await session()
    expect(await ask(cookie)).toBe(401)
    expect(await ask(newest.cookie)).toBe(200)
  })
})

test('over the unix socket the session is the socket’s', async () => {
  app = createApp(control, createMetrics({ version: '0' }), { onFault: () => {} })
  expect((await app.inject('/api/session')).json()).toEqual({ name: 'socket', role: 'admin', csrf: null })
})
