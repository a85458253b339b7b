import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Access } from '../../src/api/access.ts'
import type { Role } from '../../src/kept.ts'
import type { FakeControl } from './fake-control.ts'
import { appOf, documented, fullControl, ROUTES, requestOf } from './routes.ts'

/** What a caller shows, by the routes' four kinds of access: null, he is let in; else how he is refused. */
type Verdicts = Readonly<Record<Access, readonly [status: number, code: string] | null>>

const UNAUTHORIZED = [401, 'UNAUTHORIZED'] as const
const FORBIDDEN = [403, 'FORBIDDEN'] as const
const CSRF = [403, 'CSRF_REFUSED'] as const
const NOBODY: Verdicts = { open: null, reader: UNAUTHORIZED, admin: UNAUTHORIZED, socket: UNAUTHORIZED }
const READER: Verdicts = { open: null, reader: null, admin: FORBIDDEN, socket: FORBIDDEN }
const ADMIN: Verdicts = { open: null, reader: null, admin: null, socket: FORBIDDEN }

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
async function loggedIn(app: FastifyInstance, token: string) {
  const answer = await app.inject({ method: 'POST', url: '/api/login', payload: { token } })
  const cookie = String(answer.headers['set-cookie']).split(';')[0] as string
  return { cookie, csrf: answer.json().csrf as string }
}

interface Case {
  readonly name: string
  readonly verdicts: Verdicts
  readonly role?: Role
  /** Without a session's token: what is refused that would change anything. */
  readonly noCsrf?: true
  headers(app: FastifyInstance, token: string): Promise<Record<string, string>> | Record<string, string>
}
const withCookie = async (app: FastifyInstance, token: string) => {
  const { cookie, csrf } = await loggedIn(app, token)
  return { cookie, 'x-csrf-token': csrf }
}
const CASES: readonly Case[] = [
  { name: 'who shows nothing', verdicts: NOBODY, headers: () => ({}) },
  { name: 'who shows a wrong token', verdicts: NOBODY, headers: () => bearer('a'.repeat(43)) },
  { name: 'who shows a wrong cookie', verdicts: NOBODY, headers: () => ({ cookie: `sipguard_session=${'a'.repeat(43)}` }) },
  { name: "a reader's token", verdicts: READER, role: 'reader', headers: (_app, token) => bearer(token) },
  { name: "an admin's token", verdicts: ADMIN, role: 'admin', headers: (_app, token) => bearer(token) },
  { name: "a reader's session", verdicts: READER, role: 'reader', headers: withCookie },
  { name: "an admin's session", verdicts: ADMIN, role: 'admin', headers: withCookie },
  {
    name: "an admin's session without its CSRF token",
    ...{ verdicts: ADMIN, role: 'admin', noCsrf: true },
    headers: async (app, token) => ({ cookie: (await loggedIn(app, token)).cookie }),
  },
  {
    name: "an admin's session with another's CSRF token",
    ...{ verdicts: ADMIN, role: 'admin', noCsrf: true },
    async headers(app, token) {
      const [{ cookie }, { csrf }] = [await loggedIn(app, token), await loggedIn(app, token)]
      return { cookie, 'x-csrf-token': csrf }
    },
  },
]
const TCP = { hosts: [], secure: false }

test('every route has a row, and every row a route', async () => {
  const { app } = appOf(await fullControl())
  expect(await documented(app)).toEqual(Object.keys(ROUTES).sort())
})

describe.each(CASES)('over TCP, $name', ({ verdicts, role = 'admin', noCsrf, headers }) => {
  let control: FakeControl
  let app: FastifyInstance
  let token: string
  beforeAll(async () => {
    control = await fullControl()
    app = appOf(control, TCP).app
    token = await control.tokens.add('caller', role)
  })

  test.each(Object.keys(ROUTES))('%s', async (route) => {
    const { who, status } = ROUTES[route]!
    const sent = await headers(app, token)
    const done = async () => [control.calls.length, (await control.audit.list({ limit: 999 })).length]
    const before = await done()
    const { statusCode, body } = await app.inject({ ...requestOf(route), headers: sent })
    const refusal = noCsrf && who !== 'open' && !route.startsWith('GET') ? CSRF : verdicts[who]
    if (refusal === null) return expect(statusCode).toBe(status)
    expect([statusCode, JSON.parse(body).error.code]).toEqual(refusal)
    expect(await done()).toEqual(before)
  })
})

describe('over the unix socket', () => {
  let app: FastifyInstance
  beforeAll(async () => {
    app = appOf(await fullControl()).app
  })
  test.each(Object.keys(ROUTES))('%s is for whoever may use it', async (route) => {
    expect((await app.inject(requestOf(route))).statusCode).toBe(ROUTES[route]!.status)
  })
})

describe('over TCP', () => {
  test('a path that is not there is told to who may ask, and nobody else', async () => {
    const control = await fullControl()
    const { app } = appOf(control, TCP)
    expect((await app.inject('/nosuch')).statusCode).toBe(401)
    expect((await app.inject({ url: '/nosuch', headers: bearer(await control.tokens.add('r', 'reader')) })).statusCode).toBe(404)
  })
  test('HEAD, or a slash at the end, asks as GET does', async () => {
    const control = await fullControl()
    const { app } = appOf(control, TCP)
    const headers = bearer(await control.tokens.add('r', 'reader'))
    expect((await app.inject({ method: 'HEAD', url: '/api/status' })).statusCode).toBe(401)
    expect((await app.inject({ method: 'HEAD', url: '/api/status', headers })).statusCode).toBe(200)
    expect((await app.inject({ method: 'HEAD', url: '/api/tokens', headers })).statusCode).toBe(403)
    expect((await app.inject({ url: '/api/tokens/', headers })).statusCode).toBe(403)
  })
  test('a wrong token is not helped by a good cookie', async () => {
    const control = await fullControl()
    const { app } = appOf(control, TCP)
    const { cookie } = await loggedIn(app, await control.tokens.add('r', 'reader'))
    expect((await app.inject({ url: '/api/status', headers: { cookie, ...bearer('x'.repeat(43)) } })).statusCode).toBe(401)
  })
  test.each([
    'api/status',
    '//api/status',
    '/API/status',
    '/api//status',
    '/api/status/',
    '/api/%73tatus',
    '/api/tokens/',
    '/./api/status',
  ])('no other spelling of a path is open: %s', async (path) => {
    const { app } = appOf(await fullControl(), TCP)
    expect((await app.inject({ url: path })).statusCode).toBe(401)
  })
})

describe('the Host', () => {
  const ask = async (host: string, hosts: readonly string[] = []) => {
    const control = await fullControl()
    const { app } = appOf(control, { hosts, secure: true })
    const headers = { host, ...bearer(await control.tokens.add('r', 'reader')) }
    return (await app.inject({ url: '/healthz', headers })).statusCode
  }
  const HOSTS = ['192.0.2.1', '2001:db8::1', 'pbx.example.net']

  test.each(['pbx.example.net', 'PBX.example.net:8471', '192.0.2.1:8471', '[2001:DB8:0::1]:8471', 'localhost:1', '127.0.0.1'])(
    '%s is ours',
    async (host) => expect(await ask(host, HOSTS)).toBe(200),
  )
  test.each([
    ...['pbx.example.net.attacker.example', 'attacker.example', '192.0.2.2', '[2001:db8::2]', 'pbx.example.net@attacker.example'],
    ...['pbx.example.net:x', '2001:db8::1', 'localhost,attacker.example'],
  ])('%j is not', async (host) => expect(await ask(host, HOSTS)).toBe(421))
  test('of a name is not ours where it is not configured', async () => {
    expect(await ask('pbx.example.net')).toBe(421)
  })
})
