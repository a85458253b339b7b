import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SipguardError } from '../../src/errors.ts'
import { AT, aBan, aFleet, anActivity, aReport, aSkip, prefixBan } from './fake-control.ts'
import { ask, type FakeDaemon, send, startFakeDaemon } from './fake-daemon.ts'

let daemon: FakeDaemon
beforeEach(async () => {
  daemon = await startFakeDaemon()
})
afterEach(() => daemon.stop())

const refusal = (code: string, message: string) => ({ error: { code, message } })

const NOWHERE = { country: null, asn: null, as_name: null }
const BAN = {
  ip: '192.0.2.7',
  scope: 'address',
  prefix: null,
  port: null,
  transport: null,
  jail: 'sip-auth',
  at: '2026-01-15T10:30:45.000Z',
  until: '2026-01-15T11:30:45.000Z',
  nth: 1,
  count: 10,
  level: 'unknown',
  evidence: 'proved',
  node: 'n1',
}
const PREFIX_BAN = { ...BAN, ip: '2001:db8::7', scope: 'prefix', prefix: '2001:db8::/64', until: null }

describe('health and status', () => {
  test('a daemon without trouble is ok', async () => {
    expect(await ask(daemon, 'GET', '/healthz')).toEqual({ status: 200, json: { status: 'ok' } })
  })
  test('a degraded daemon answers 503 and says what is wrong', async () => {
    const degraded = [{ what: 'nft is gone', since: '2026-01-15T10:30:45.000Z', remedy: 'install nftables' }]
    daemon.control.report = aReport({ degraded })
    expect(await ask(daemon, 'GET', '/healthz')).toEqual({ status: 503, json: { status: 'degraded', degraded } })
  })
  test('the status is the whole report', async () => {
    expect(await ask(daemon, 'GET', '/api/status')).toEqual({ status: 200, json: aReport() })
  })
  test('a trailing slash is accepted', async () => {
    expect((await ask(daemon, 'GET', '/api/status/')).status).toBe(200)
    expect((await ask(daemon, 'GET', '/healthz/')).status).toBe(200)
  })
  test("what could steer a terminal is escaped in the answer's text", async () => {
    daemon.control.report = aReport({ degraded: [{ what: '\x9b31m\u202e', since: '', remedy: null }] })
    const { text } = await send(daemon.socket, 'GET', '/api/status')
    expect(text).toContain('"what":"\\u009b31m\\u202e"')
  })
  test('the metrics are Prometheus text', async () => {
    const { status, type, text } = await send(daemon.socket, 'GET', '/metrics')
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toContain('sipguard_build_info{version="0.1.0"} 1\n')
  })
})

describe('bans', () => {
  test('the list has every field of each ban', async () => {
    daemon.control.active.push(aBan(), prefixBan())
    expect(await ask(daemon, 'GET', '/api/bans')).toEqual({
      status: 200,
      json: [
        { ...BAN, ...NOWHERE },
        { ...PREFIX_BAN, ...NOWHERE },
      ],
    })
  })
  test('the list says where each address is', async () => {
    daemon.control.active.push(aBan())
    daemon.control.place = { country: 'DE', asn: { number: 64496, name: 'Example Net' } }
    expect((await ask(daemon, 'GET', '/api/bans')).json).toEqual([{ ...BAN, country: 'DE', asn: 64496, as_name: 'Example Net' }])
  })
  test('the list can be narrowed to what covers one address', async () => {
    daemon.control.active.push(aBan(), prefixBan())
    expect((await ask(daemon, 'GET', '/api/bans?ip=2001:db8::99')).json).toEqual([{ ...PREFIX_BAN, ...NOWHERE }])
    expect((await ask(daemon, 'GET', '/api/bans?ip=192.0.2.8')).json).toEqual([])
  })
  test('a ban is entered with the canonical address, and comes back as the decision', async () => {
    const answer = await ask(daemon, 'POST', '/api/bans', { ip: '::ffff:192.0.2.7', for: '1h', jail: 'sip-auth' })
    expect(answer).toEqual({ status: 201, json: { type: 'ban', ...BAN, count: 0 } })
    expect(daemon.control.calls).toEqual([['ban', '192.0.2.7', { jail: 'sip-auth', forMs: 36e5 }]])
  })
  test('the duration is left to the jail when it is not given, seconds when it is a number, for ever when it is -1', async () => {
    await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.1' })
    await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.2', for: 90 })
    await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.3', for: '-1' })
    await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.4', for: -1 })
    expect(daemon.control.calls.map((call) => (call as unknown[])[2])).toEqual([{}, { forMs: 90_000 }, { forMs: null }, { forMs: null }])
  })
  test('an address that is banned already is a skip', async () => {
    daemon.control.active.push(aBan())
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.7' })).toEqual({
      status: 200,
      json: { type: 'skip', ip: '192.0.2.7', jail: 'manual', why: 'already-banned' },
    })
  })
  test('an address that is not to be banned is refused with the reason', async () => {
    daemon.control.onBan = () => aSkip('allowed')
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.7' })).toEqual({
      status: 409,
      json: refusal('DAEMON_REFUSED', '192.0.2.7 is not banned: it is in the allow list or in ignoreip'),
    })
  })
  test('a ban may end at a time, and leave alone who is trusted: then that is a skip', async () => {
    const until = new Date(Date.now() + 36e5).toISOString()
    await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.1', until, unless: 'trusted' })
    expect(daemon.control.calls).toEqual([['ban', '192.0.2.1', { untilMs: Date.parse(until), unlessTrusted: true }]])
    daemon.control.onBan = () => aSkip('peer')
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.7', unless: 'trusted' })).toEqual({
      status: 200,
      json: { type: 'skip', ip: '192.0.2.7', jail: 'manual', why: 'peer' },
    })
  })
  test.each([
    [{ until: 'tomorrow' }, 'DURATION_INVALID', "expected a time such as 2026-01-15T10:30:45Z, at most 100 years ahead, got 'tomorrow'"],
    [
      { until: '9999-01-01' },
      'DURATION_INVALID',
      "expected a time such as 2026-01-15T10:30:45Z, at most 100 years ahead, got '9999-01-01'",
    ],
    [{ until: '2026-01-15', for: '1h' }, 'USAGE', 'body: expected for or until, not both'],
    [{ unless: 'friend' }, 'USAGE', 'body.unless: Invalid input: expected "trusted"'],
  ])('a ban with %o is refused', async (fields, code, message) => {
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.1', ...fields })).toEqual({ status: 400, json: refusal(code, message) })
    expect(daemon.control.calls).toEqual([])
  })
  test('an error of the daemon keeps its code and message', async () => {
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.7', jail: 'nosuch' })).toEqual({
      status: 400,
      json: refusal('USAGE', "there is no jail 'nosuch'"),
    })
    daemon.control.onBan = () => {
      throw new SipguardError('ENFORCE_FAILED', 'nft said no')
    }
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.7' })).toEqual({
      status: 503,
      json: refusal('ENFORCE_FAILED', 'nft said no'),
    })
  })
  test('a bug is told to the daemon, not to the client', async () => {
    const bug = new TypeError('x is not a function')
    daemon.control.onBan = () => {
      throw bug
    }
    expect(await ask(daemon, 'POST', '/api/bans', { ip: '192.0.2.7' })).toEqual({
      status: 500,
      json: refusal('INTERNAL', 'the daemon failed to answer; its log says why'),
    })
    expect(daemon.faults).toEqual([bug])
  })
  test('unban answers with the bans that ended, also for a prefix', async () => {
    daemon.control.active.push(aBan(), prefixBan())
    daemon.control.did.phones = ['1001@example.com']
    daemon.control.did.packets = 7
    const did = { phones: ['1001@example.com'], packets: 7 }
    expect(await ask(daemon, 'DELETE', '/api/bans/192.0.2.7')).toEqual({ status: 200, json: [{ ...BAN, ...did }] })
    expect(await ask(daemon, 'DELETE', '/api/bans/2001:db8::%2F64')).toEqual({ status: 200, json: [{ ...PREFIX_BAN, ...did }] })
    expect(await ask(daemon, 'DELETE', '/api/bans/192.0.2.7')).toEqual({ status: 200, json: [] })
  })
  test('an unban can allow the address as well, for a time and with a comment', async () => {
    daemon.control.active.push(aBan())
    expect((await ask(daemon, 'DELETE', '/api/bans/192.0.2.7?allow=true&for=1d&comment=a%20customer')).json).toMatchObject([BAN])
    await ask(daemon, 'DELETE', '/api/bans/192.0.2.8?allow=true')
    expect(daemon.control.calls).toEqual([
      ['unban', '192.0.2.7', { forMs: 864e5, comment: 'a customer' }],
      ['unban', '192.0.2.8', { forMs: null, comment: null }],
    ])
  })
  test.each(['?for=1d', '?comment=x', '?allow=false', '?allow=', '?allow=true&for=soon', `?allow=true&comment=${'x'.repeat(201)}`])(
    'nothing is unbanned with %s',
    async (query) => {
      expect((await ask(daemon, 'DELETE', `/api/bans/192.0.2.7${query}`)).status).toBe(400)
      expect(daemon.control.calls).toEqual([])
    },
  )
  test('all bans are lifted only when that is said', async () => {
    daemon.control.active.push(aBan(), prefixBan())
    for (const path of ['/api/bans', '/api/bans/', '/api/bans?all=false', '/api/bans?all=']) {
      expect((await ask(daemon, 'DELETE', path)).status, path).toBe(400)
    }
    expect((await ask(daemon, 'DELETE', '/api/bans', { all: false })).status).toBe(400)
    expect(daemon.control.calls).toEqual([])
    expect((await ask(daemon, 'DELETE', '/api/bans?all=true')).json).toMatchObject([BAN, PREFIX_BAN])
    daemon.control.active.push(aBan())
    expect((await ask(daemon, 'DELETE', '/api/bans', { all: true })).json).toMatchObject([BAN])
  })
})

describe('activity and rules', () => {
  test('the activity is of the minutes asked for, by default of an hour, and says where attackers are', async () => {
    const { attackers, ...report } = anActivity()
    const attacker = { ...attackers[0], country: 'DE', asn: 64496, as_name: 'Example Net', place: undefined }
    expect(await ask(daemon, 'GET', '/api/activity')).toEqual({ status: 200, json: { ...report, attackers: [attacker] } })
    await ask(daemon, 'GET', '/api/activity?minutes=1440')
    expect(daemon.control.calls).toEqual([
      ['activity', 60],
      ['activity', 1440],
    ])
  })
  test.each(['0', '1441', '1.5', 'x', ''])("the activity of '%s' minutes is refused", async (minutes) => {
    expect((await ask(daemon, 'GET', `/api/activity?minutes=${minutes}`)).status).toBe(400)
    expect(daemon.control.calls).toEqual([])
  })
  test('the filters in force are told with their rules', async () => {
    const { status, json } = await ask(daemon, 'GET', '/api/filters')
    expect([status, json.map(({ name }: { name: string }) => name).sort()]).toEqual([
      200,
      ['asterisk', 'freeswitch', 'kamailio', 'opensips'],
    ])
    const opensips = json.find(({ name }: { name: string }) => name === 'opensips')
    expect(opensips.prefix).toBe('opensips')
    expect(opensips.rules).toContainEqual({
      id: 'failed-registration',
      kind: 'failed_registration',
      failregex: expect.stringContaining('<ADDR>'),
      ...{ counted: true, shadow: false, verdict: expect.stringMatching(/^(?:proved|runtime)$/) },
    })
  })
  test('the jails in force are told as they are configured, with what each has done', async () => {
    const { status, json } = await ask(daemon, 'GET', '/api/jails')
    expect(status).toBe(200)
    const jail = (wanted: string) => json.find(({ name }: { name: string }) => name === wanted)
    expect(jail('sip-auth')).toMatchObject({
      ...{ kinds: ['failed_registration', 'failed_auth', 'call_rejected'], reasons: null, methods: null, filters: null, by: ['ip'] },
      ...{ distinct: null, maxretry: 10, findtime: '5m', bantime: '1h', increment: { factor: 2, maxtime: '4w' }, unless: null },
      ...{ alertonly: false, found: 400, bans: 40, active: 2 },
    })
    expect(jail('sip-stuffing').then).toMatchObject({ findtime: '1d', bantime: '1h' })
  })
})

describe('the fleet', () => {
  test('is what the status says of it', async () => {
    daemon.control.report = aReport({ fleet: aFleet() })
    expect(await ask(daemon, 'GET', '/api/fleet')).toEqual({ status: 200, json: aFleet() })
  })
  test('has all bans that stand in it, with the names of the nodes that are known', async () => {
    daemon.control.report = aReport({ fleet: aFleet() })
    daemon.control.ofFleet.push(aBan(), aBan({ ip: '192.0.2.8', node: 'n9' }))
    expect(await ask(daemon, 'GET', '/api/fleet/bans')).toEqual({
      status: 200,
      json: [
        { ...BAN, node_name: 'sbc1' },
        { ...BAN, ip: '192.0.2.8', node: 'n9', node_name: null },
      ],
    })
  })
  test('is said not to be there where nothing is shared', async () => {
    const none = refusal('FLEET_NONE', 'this node shares nothing with others: a fleet is made by store: redis://… in the configuration')
    for (const path of ['/api/fleet', '/api/fleet/bans']) expect(await ask(daemon, 'GET', path)).toEqual({ status: 404, json: none })
  })
})

describe('allow list', () => {
  const ENTRY = { cidr: '198.51.100.0/24', until: '2026-01-16T10:30:45.000Z', added: '2026-01-15T10:30:45.000Z', comment: 'office' }

  test('an entry is added as its network, listed and removed', async () => {
    expect(await ask(daemon, 'POST', '/api/allow', { cidr: '198.51.100.9/24', for: '1d', comment: 'office' })).toEqual({
      status: 201,
      json: ENTRY,
    })
    expect(await ask(daemon, 'GET', '/api/allow')).toEqual({ status: 200, json: [ENTRY] })
    expect(await ask(daemon, 'DELETE', '/api/allow/198.51.100.0%2F24')).toEqual({ status: 200, json: { removed: '198.51.100.0/24' } })
    expect(await ask(daemon, 'DELETE', '/api/allow/198.51.100.0%2F24')).toEqual({
      status: 404,
      json: refusal('NOT_FOUND', '198.51.100.0/24 is not in the allow list'),
    })
  })
  test('without a duration an entry stays for ever', async () => {
    expect((await ask(daemon, 'POST', '/api/allow', { cidr: '192.0.2.7' })).json).toEqual({
      cidr: '192.0.2.7',
      until: null,
      added: ENTRY.added,
      comment: null,
    })
  })
  test('a check names the entry that allows an address', async () => {
    const entry = { cidr: '198.51.100.0/24', untilMs: null, addedMs: AT, comment: null }
    daemon.control.allowed.push(entry)
    expect((await ask(daemon, 'GET', '/api/allow/check/198.51.100.9')).json).toEqual({
      ip: '198.51.100.9',
      allowed: true,
      entry: { ...ENTRY, until: null, comment: null },
    })
    expect((await ask(daemon, 'GET', '/api/allow/check/198.51.101.9')).json).toEqual({ ip: '198.51.101.9', allowed: false, entry: null })
  })
})
