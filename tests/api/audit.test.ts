import type { FastifyInstance } from 'fastify'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditJson } from '../../src/api/access-wire.ts'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { createAudit } from '../../src/daemon/audit.ts'
import { SipguardError } from '../../src/errors.ts'
import { AT, aSkip, createFakeControl, type FakeControl } from './fake-control.ts'
import { aPhone } from './records-samples.ts'
import { appOf, fullControl, ROUTES, requestOf } from './routes.ts'

let control: FakeControl
let app: FastifyInstance
beforeEach(() => {
  control = createFakeControl()
  app = appOf(control).app
})

const entries = async (query = ''): Promise<AuditJson[]> => (await app.inject(`/api/audit${query}`)).json()
const told = async () => (await entries()).map(({ action, target, detail }) => [action, target, detail])
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
const remove = (url: string) => app.inject({ method: 'DELETE', url })

test('every change is told: what was done, to whom, how; the newest first', async () => {
  control.database.phones.push(aPhone())
  await post('/api/bans', { ip: '::ffff:192.0.2.7', for: 3600, jail: 'sip-auth' })
  await post('/api/bans', { ip: '192.0.2.8', for: -1 })
  await post('/api/bans', { ip: '192.0.2.9' })
  await remove('/api/bans/192.0.2.7')
  await remove('/api/bans?all=true')
  await post('/api/allow', { cidr: '198.51.100.9/24', for: '1d', comment: 'office' })
  await remove('/api/allow/198.51.100.0%2F24')
  await post('/api/registered-phones/move', { mac: '00:15:65:12:34:56', extension: '1002' })
  await post('/api/registered-phones/prune', { older_than: '90d' })
  await post('/api/registered-phones/prune', { incomplete: true })
  await post('/api/tokens', { name: 'laptop', role: 'reader' })
  await remove('/api/tokens/laptop')
  expect((await told()).toReversed()).toEqual([
    ['ban', '192.0.2.7', 'jail sip-auth, for 1h'],
    ['ban', '192.0.2.8', 'for ever'],
    ['ban', '192.0.2.9', null],
    ['unban', '192.0.2.7', null],
    ['unban-all', null, null],
    ['allow', '198.51.100.0/24', 'for 1d, office'],
    ['disallow', '198.51.100.0/24', null],
    ['phone-move', '001565123456', 'to 1002'],
    ['phone-prune', null, 'older than 90d'],
    ['phone-prune', null, 'incomplete'],
    ['token-add', 'laptop', 'reader'],
    ['token-rm', 'laptop', null],
  ])
  expect((await entries())[0]).toMatchObject({ at: new Date(AT).toISOString(), who: 'socket', from: 'unix' })
})

test('every route that changes something is told of, and no other', async () => {
  const full = await fullControl()
  const { app } = appOf(full)
  const count = async () => (await full.audit.list({ limit: 999 })).length
  const told: string[] = []
  for (const route of Object.keys(ROUTES)) {
    const before = await count()
    await app.inject(requestOf(route))
    if ((await count()) > before) told.push(route)
  }
  // What is only tried out changes nothing.
  expect(told).toEqual(Object.keys(ROUTES).filter((route) => !route.startsWith('GET') && route !== 'POST /api/try'))
})

test('what was refused is not told, what may be half done is', async () => {
  control.onBan = () => aSkip('allowed')
  await post('/api/bans', { ip: '192.0.2.7' })
  await post('/api/bans', { ip: 'x' })
  await post('/api/bans', { nonsense: true })
  await remove('/api/allow/192.0.2.7')
  expect(await told()).toEqual([])
  control.onBan = () => {
    throw new SipguardError('ENFORCE_FAILED', 'nft said no')
  }
  await post('/api/bans', { ip: '192.0.2.7' })
  expect(await told()).toEqual([['ban', '192.0.2.7', 'failed (503)']])
})

test('what is asked for is narrowed by target in any spelling, and read on behind an answer', async () => {
  for (const ip of ['2001:db8::7', '192.0.2.7', '2001:db8::7', '2001:db8::7']) await post('/api/bans', { ip })
  expect(await entries('?target=2001:DB8:0::7')).toHaveLength(3)
  expect(await entries('?target=192.0.2.99')).toEqual([])
  const first = await app.inject('/api/audit?limit=3')
  expect(first.json().map(({ id }: AuditJson) => id)).toEqual([4, 3, 2])
  const rest = await app.inject(`/api/audit?limit=3&after=${first.headers['x-next-cursor']}`)
  expect([rest.json().map(({ id }: AuditJson) => id), rest.headers['x-next-cursor']]).toEqual([[1], undefined])
  for (const query of ['?limit=0', '?limit=1001', '?after=x', '?after=0', '?who=x']) {
    expect((await app.inject(`/api/audit${query}`)).statusCode, query).toBe(400)
  }
})

test('what attackers or operators wrote is escaped in it', async () => {
  await post('/api/allow', { cidr: '192.0.2.7', comment: '\x9b31m\u202e<script>' })
  expect((await app.inject('/api/audit')).body).toContain('"detail":"\\u009b31m\\u202e<script>"')
})

describe('over TCP', () => {
  let nowMs: number
  let token: string
  beforeEach(async () => {
    nowMs = AT
    token = await control.tokens.add('laptop', 'admin')
    app = createApp(control, createMetrics({ version: '0' }), {
      ...{ onFault: () => {}, tcp: { hosts: [], secure: false }, now: () => nowMs },
    })
  })
  const bearer = () => ({ authorization: `Bearer ${token}` })
  const login = (given: string, remoteAddress = '::ffff:192.0.2.1') =>
    app.inject({ method: 'POST', url: '/api/login', payload: { token: given }, remoteAddress })
  const all = async () => (await control.audit.list({ limit: 99 })).map(({ who, from, action, detail }) => [who, from, action, detail])

  test('who it was is the token’s name, and where from the canonical address', async () => {
    await app.inject({ method: 'DELETE', url: '/api/bans/192.0.2.7', headers: bearer(), remoteAddress: '::ffff:192.0.2.1' })
    expect(await all()).toEqual([['laptop', '192.0.2.1', 'unban', null]])
  })
  test('logins and logouts are told', async () => {
    const answer = await login(token)
    const headers = { cookie: String(answer.headers['set-cookie']).split(';')[0] as string, 'x-csrf-token': answer.json().csrf as string }
    await app.inject({ method: 'POST', url: '/api/logout', headers, remoteAddress: '192.0.2.2' })
    expect(await all()).toEqual([
      ['laptop', '192.0.2.2', 'logout', null],
      ['laptop', '192.0.2.1', 'login', null],
    ])
  })
  test('refused logins are told once a minute, with how many there were', async () => {
    for (let i = 0; i < 5; i++) await login('wrong')
    expect(await all()).toEqual([['nobody', '192.0.2.1', 'login-refused', null]])
    nowMs += 60_000
    await login('wrong', '192.0.2.9')
    expect((await all())[0]).toEqual(['nobody', '192.0.2.9', 'login-refused', '5 tries'])
    expect(JSON.stringify(await control.audit.list({ limit: 99 }))).not.toContain('wrong')
  })
})

test('a state that cannot be written stops no change, and is said aloud until it can', async () => {
  let error: Error | null = new Error('full')
  const troubles: (string | null)[] = []
  const audit = createAudit({
    state: {
      async note() {
        if (error) throw error
      },
      audited: async () => [],
    },
    degraded: { set: (_key, what) => void troubles.push(what), clear: () => void troubles.push(null) },
    now: () => AT,
  })
  const entry = { who: 'socket', from: 'unix', action: 'ban', target: null, detail: null }
  await audit.note(entry)
  error = null
  await audit.note(entry)
  expect(troubles).toEqual(['the audit cannot be written: full', null])
})
