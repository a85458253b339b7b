import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SipguardError } from '../../src/errors.ts'
import { AT, aBan } from './fake-control.ts'
import { ask, askWhole, type FakeDaemon, send, startFakeDaemon } from './fake-daemon.ts'
import { anAddressReport, anEventRow, aPhone, aUserReport, aUserRow, everythingRecorded, HOSTILE } from './records-samples.ts'

let daemon: FakeDaemon
beforeEach(async () => {
  daemon = await startFakeDaemon()
})
afterEach(() => daemon.stop())

const lastCall = () => daemon.control.calls.at(-1)

const PHONE = {
  id: 1,
  mac_address: '001565123456',
  extension_number: '1001',
  user_agent: 'Yealink SIP-T46S 66.85.0.5',
  ip_address: '192.0.2.7',
  first_registered: '2026-01-14T10:30:45.000Z',
  last_registered: '2026-01-15T10:30:45.000Z',
  contact_uri: 'sip:1001@192.0.2.7:5060',
  vendor: 'Yealink',
  model: 'SIP-T46S',
  firmware: '66.85.0.5',
  status: 'registered',
  stale: false,
  flapping: false,
  country: 'DE',
  asn: 64496,
  as_name: 'Example Net',
}
const EVENT = {
  id: 'n1 1',
  kind: 'failed_registration',
  at: '2026-01-15T10:30:45.000Z',
  ip: '192.0.2.7',
  port: 5060,
  transport: 'udp',
  user: '1001',
  domain: 'example.com',
  user_agent: 'friendly-scanner',
  method: 'REGISTER',
  code: 403,
  reason: 'Forbidden',
  expires: 3600,
  request_uri: null,
  attempts: 1,
}
const USER = {
  user: '1001',
  domain: 'example.com',
  status: 'registered',
  registered_at: '2026-01-15T10:30:45.000Z',
  last_failed_at: null,
  last_response_code: null,
  failures_24h: 0,
  contacts: 1,
}

describe('registered phones', () => {
  test("the list has the table's columns and what is known beyond them", async () => {
    daemon.control.database.phones.push(aPhone())
    const { status, json } = await ask(daemon, 'GET', '/api/registered-phones')
    expect([status, json]).toEqual([200, [PHONE]])
    expect(lastCall()).toEqual(['phones', {}])
  })
  test('it is narrowed by MAC and by address, and a trailing slash is accepted', async () => {
    await ask(daemon, 'GET', '/api/registered-phones/?mac=00:15:65:12:34:56&ip=::ffff:192.0.2.7')
    expect(lastCall()).toEqual(['phones', { mac: '00:15:65:12:34:56', ip: '192.0.2.7' }])
    expect((await ask(daemon, 'GET', '/api/registered-phones?ip=nonsense')).json.error.code).toBe('ADDRESS_INVALID')
    expect((await ask(daemon, 'GET', '/api/registered-phones?ext=1')).json.error.code).toBe('USAGE')
  })
  test.each(['/api/registered-phones/extension/1001', '/api/registered-phones/extension/1001/'])('%s is of one extension', async (path) => {
    daemon.control.database.phones.push(aPhone())
    expect((await ask(daemon, 'GET', path)).json).toEqual([PHONE])
    expect(lastCall()).toEqual(['phones', { extension: '1001' }])
  })
  test('without records both lists are empty, and a header says why', async () => {
    daemon.control.database.trouble = 'records: off'
    for (const path of ['/api/registered-phones', '/api/registered-phones/extension/1001']) {
      const { status, json, headers } = await askWhole(daemon, 'GET', path)
      expect([status, json, headers['x-sipguard-degraded']]).toEqual([200, [], 'records'])
    }
    expect(daemon.control.calls).toEqual([])
  })
  test('an error of the database is told with its details', async () => {
    daemon.control.database.fails = new SipguardError('RECORDS_UNAVAILABLE', 'the database said no')
    expect(await ask(daemon, 'GET', '/api/registered-phones')).toMatchObject({
      status: 500,
      json: { error: { code: 'RECORDS_UNAVAILABLE', message: 'the records cannot be read' }, details: 'the database said no' },
    })
  })
  test('a phone is moved, an unknown one is reported, an empty MAC is an error', async () => {
    const move = (mac: unknown) => ask(daemon, 'POST', '/api/registered-phones/move', { mac, extension: '1002' })
    expect(await move('00-15-65-12-34-56')).toMatchObject({ status: 404, json: { error: { code: 'NOT_FOUND' } } })
    daemon.control.database.phones.push(aPhone())
    expect(await move('00-15-65-12-34-56')).toMatchObject({ status: 200, json: { moved: 1 } })
    expect(lastCall()).toEqual(['move', '00-15-65-12-34-56', '1002'])
    expect(await move('')).toMatchObject({ status: 400, json: { error: { code: 'MAC_INVALID' } } })
    expect(await move(null)).toMatchObject({ status: 400, json: { error: { code: 'USAGE' } } })
  })
  test.each(['', 'a b', '1\x1b', '123456789012345678901'])('%j is no extension', async (extension) => {
    expect((await ask(daemon, 'POST', '/api/registered-phones/move', { mac: '001565123456', extension })).status).toBe(400)
    expect(daemon.control.calls).toEqual([])
  })
  test('phones are removed by age or for want of a MAC, never otherwise', async () => {
    const prune = (body: unknown) => ask(daemon, 'POST', '/api/registered-phones/prune', body)
    expect(await prune({ incomplete: true })).toMatchObject({ status: 200, json: { removed: 0 } })
    expect(lastCall()).toEqual(['prune', { incomplete: true }])
    const before = Date.now() - 90 * 864e5
    expect((await prune({ older_than: '90d' })).status).toBe(200)
    const [, { beforeMs }] = lastCall() as [string, { beforeMs: number }]
    expect(beforeMs).toBeGreaterThanOrEqual(before)
    expect(beforeMs).toBeLessThanOrEqual(Date.now() - 90 * 864e5)
    daemon.control.calls.splice(0)
    for (const body of [{}, { incomplete: false }, { older_than: '1d', incomplete: true }, { older_than: '-1' }, { older_than: 0 }]) {
      expect((await prune(body)).status, JSON.stringify(body)).toBe(400)
    }
    expect(daemon.control.calls).toEqual([])
  })
})

describe('events', () => {
  test('have every field', async () => {
    daemon.control.database.events.push(anEventRow())
    expect((await ask(daemon, 'GET', '/api/events')).json).toEqual([EVENT])
    expect(lastCall()).toEqual(['events', { limit: 100 }])
  })
  test('are narrowed by everything at once', async () => {
    await ask(
      daemon,
      'GET',
      '/api/events?kind=door_knock&ip=192.0.2.7&user=a%40b&domain=example.com&since=2026-01-15T10:30:45Z&limit=7&after=c%2F1',
    )
    expect(lastCall()).toEqual([
      'events',
      { kind: 'door_knock', ip: '192.0.2.7', user: 'a@b', domain: 'example.com', sinceMs: AT, limit: 7, after: 'c/1' },
    ])
  })
  test('a full answer names where the next one goes on, the last one does not', async () => {
    daemon.control.database.events.push(anEventRow(), anEventRow({ cursor: 'c/2' }))
    const { headers } = await askWhole(daemon, 'GET', '/api/events?limit=2')
    expect(headers['x-next-cursor']).toBe('c%2F2')
    await ask(daemon, 'GET', `/api/events?after=${headers['x-next-cursor']}`)
    expect(lastCall()).toEqual(['events', { limit: 100, after: 'c/2' }])
    expect((await askWhole(daemon, 'GET', '/api/events?limit=3')).headers).not.toHaveProperty('x-next-cursor')
  })
  test.each(['kind=registration', 'limit=0', 'limit=1001', 'limit=x', 'since=soon', 'since=-1', 'since=2026-13-01', 'ip=x', 'x=1'])(
    '?%s is refused',
    async (query) => {
      expect((await ask(daemon, 'GET', `/api/events?${query}`)).status).toBe(400)
      expect(daemon.control.calls).toEqual([])
    },
  )
})

describe('users', () => {
  test('are the rows of the status view, narrowed', async () => {
    daemon.control.database.users.push(aUserRow())
    expect((await ask(daemon, 'GET', '/api/users?user=1001&domain=example.com&status=registered&limit=5')).json).toEqual([USER])
    expect(lastCall()).toEqual(['users', { user: '1001', domain: 'example.com', status: 'registered', limit: 5 }])
  })
  test('a status that there is not is refused', async () => {
    expect((await ask(daemon, 'GET', '/api/users?status=gone')).status).toBe(400)
  })
})

describe('records that are off or away', () => {
  test.each(['RECORDS_OFF', 'RECORDS_UNAVAILABLE'] as const)('answer %s with 503', async (code) => {
    daemon.control.database.fails = new SipguardError(code, 'no')
    for (const path of ['/api/events', '/api/users']) {
      expect(await ask(daemon, 'GET', path)).toMatchObject({ status: 503, json: { error: { code, message: 'no' } } })
    }
    expect((await ask(daemon, 'POST', '/api/registered-phones/prune', { incomplete: true })).status).toBe(503)
  })
})

describe('one address', () => {
  test('has everything that is known of it', async () => {
    daemon.control.address = anAddressReport({
      ...{ level: 'phone', bans: [aBan()], nth: 3, phones: ['1001@example.com'], country: 'DE', asn: { number: 64496, name: null } },
      recorded: everythingRecorded(),
    })
    const { status, json } = await ask(daemon, 'GET', '/api/addresses/::ffff:192.0.2.7')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      ...{ ip: '192.0.2.7', level: 'phone', nth: 3, phones: ['1001@example.com'], country: 'DE', asn: 64496, as_name: null },
      ...{ allowed: false, allow: null, bans: [{ ip: '192.0.2.7', jail: 'sip-auth' }], records_trouble: null },
    })
    expect(json.recorded.events[0]).toEqual(EVENT)
    expect(json.recorded.devices).toEqual([PHONE])
    expect(json.recorded.bans).toMatchObject([{ nth: 2, lifted_at: '2026-01-15T10:31:45.000Z' }])
    expect(json.recorded.registrations).toEqual([
      {
        ...{ user: '1001', domain: 'example.com', contact: 'sip:1001@192.0.2.7:5060', received: '192.0.2.7:5060', user_agent: 'Yealink' },
        ...{ call_id: 'c1', expires: '2026-01-15T11:30:45.000Z', last_modified: '2026-01-15T10:30:45.000Z' },
      },
    ])
    expect(json.recorded.changes).toEqual([
      {
        ...{ phone_id: 1, at: '2026-01-15T10:30:45.000Z', mac_address: '001565123456', extension_number: '1002' },
        ...{ user_agent: null, ip_address: '192.0.2.9' },
      },
    ])
  })
  test('is told without records too, and why there are none', async () => {
    daemon.control.database.trouble = 'PostgreSQL does not answer'
    daemon.control.address = anAddressReport({
      level: 'allowed',
      allowed: { cidr: '192.0.2.0/24', untilMs: null, addedMs: AT, comment: 'office' },
      recorded: null,
    })
    const { json, headers } = await askWhole(daemon, 'GET', '/api/addresses/192.0.2.7')
    expect(json).toMatchObject({ allowed: true, allow: { cidr: '192.0.2.0/24' }, recorded: null })
    expect(json.records_trouble).toBe('PostgreSQL does not answer')
    expect(headers['x-sipguard-degraded']).toBe('records')
  })
  test('of nonsense is refused', async () => {
    expect((await ask(daemon, 'GET', '/api/addresses/nonsense')).json.error.code).toBe('ADDRESS_INVALID')
  })
})

describe('one user', () => {
  test('is asked for with or without his domain', async () => {
    daemon.control.user = aUserReport({ addresses: ['192.0.2.7'], status: aUserRow() })
    const { json } = await ask(daemon, 'GET', '/api/users/1001%40example.com')
    expect(json).toMatchObject({ user: '1001', domain: 'example.com', addresses: ['192.0.2.7'], status: USER, recorded: null })
    expect(lastCall()).toEqual(['aboutUser', '1001', 'example.com'])
    await ask(daemon, 'GET', '/api/users/a%2Fb@c@example.com')
    expect(lastCall()).toEqual(['aboutUser', 'a/b@c', 'example.com'])
    await ask(daemon, 'GET', '/api/users/1001')
    expect(lastCall()).toEqual(['aboutUser', '1001', null])
  })
  test('may have a long name', async () => {
    const name = `${'u'.repeat(100)}@${'d'.repeat(250)}`
    expect((await ask(daemon, 'GET', `/api/users/${name}`)).status).toBe(200)
  })
  test.each(['@', '1001@', '@example.com'])('%s is none', async (name) => {
    expect((await ask(daemon, 'GET', `/api/users/${name}`)).status).toBe(400)
  })
})

test('hostile text comes back whole, escaped, as JSON that no browser takes for a page', async () => {
  daemon.control.database.events.push(
    anEventRow({ user: HOSTILE, domain: HOSTILE, userAgent: HOSTILE, reason: HOSTILE, requestUri: HOSTILE }),
  )
  daemon.control.database.users.push(aUserRow({ user: HOSTILE, domain: HOSTILE }))
  daemon.control.database.phones.push(
    aPhone({ extension: HOSTILE, userAgent: HOSTILE, contactUri: HOSTILE }, { vendor: HOSTILE, model: HOSTILE, firmware: HOSTILE }),
  )
  daemon.control.address = anAddressReport({ phones: [HOSTILE], country: HOSTILE, asn: { number: 1, name: HOSTILE } })
  for (const path of ['/api/events', '/api/users', '/api/registered-phones', '/api/addresses/192.0.2.7']) {
    const { text, headers } = await send(daemon.socket, 'GET', path)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    expect(Object.values([JSON.parse(text)].flat()[0] as object).flat()).toContain(HOSTILE)
    expect([headers['content-type'], headers['x-content-type-options']]).toEqual(['application/json; charset=utf-8', 'nosniff'])
  }
})
