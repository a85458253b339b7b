import { beforeEach, expect, test } from 'vitest'
import { until } from './redis-server.ts'
import { allBan, banOn, NOWHERE, simulatedFleet } from './simulated-fleet.ts'
import type { SimulatedNode } from './simulated-node.ts'

const ip = '192.0.2.7'
const target = banOn(ip)

/** What holds on any Redis. */
export function decisionsContract(urls: () => readonly string[], empty: () => Promise<void>): void {
  const fleet = simulatedFleet()
  beforeEach(empty)

  test('a ban on one of five nodes is a ban on all', async () => {
    const members = await fleet.several(5, { urls: urls() })
    await members[0]!.ban(ip)
    await allBan(members, [target])
    expect(members[4]!.bans.get(target)).toEqual(members[0]!.bans.get(target))
    expect(members[0]!.delivered).toEqual([])
    expect(members[4]!.delivered).toMatchObject([{ kind: 'ban', node: members[0]!.id }])
  })

  test('an unban on one node lifts every scope on all, and is not undone by an older ban that arrives late', async () => {
    const [a, b, c] = (await fleet.several(3, { urls: urls() })) as [SimulatedNode, SimulatedNode, SimulatedNode]
    const atMs = Date.now()
    await a.ban(ip, {}, atMs - 100)
    await a.ban(ip, { scope: 'endpoint', port: 5060, transport: 'udp' }, atMs - 90)
    await allBan([a, b, c], [target, `ban ${ip} endpoint 5060 udp`])
    await b.unban(ip, atMs)
    await allBan([a, b, c], [])
    const away = await fleet.node({ urls: [NOWHERE] })
    await away.ban(ip, {}, atMs - 50)
    const late = await fleet.node({ urls: urls(), dir: await fleet.kill(away) })
    await allBan([late], [])
    await until(() => late.fleet.status().outbox === 0, 'the late ban to be refused')
    await a.ban('192.0.2.8')
    await allBan([a, b, c, late], [banOn('192.0.2.8')])
  })

  test('an IPv6 address is unbanned together with its /64', async () => {
    const [a, b] = await fleet.pair({ urls: urls() })
    await a.ban('2001:db8::7', { scope: 'prefix', prefix: '2001:db8::/64' })
    await allBan([b], ['ban 2001:db8::/64 prefix - -'])
    await b.unban('2001:db8::7')
    await until(() => a.delivered.some(({ kind }) => kind === 'unban'), 'the unban')
    await until(() => a.delivered.filter(({ kind }) => kind === 'unban').length === 2, 'both unbans')
    expect(a.delivered.filter(({ kind }) => kind === 'unban')).toMatchObject([{ target: '2001:db8::7' }, { target: '2001:db8::/64' }])
    await allBan([a], [])
  })

  test('an unban wins on a node whose clock is behind the one that banned', async () => {
    const ahead = await fleet.node({ urls: urls(), aheadMs: 60_000 })
    const behind = await fleet.node({ urls: urls() })
    await Promise.all([ahead.reached(), behind.reached()])
    await ahead.ban(ip)
    await allBan([behind], [target])
    await behind.unban(ip)
    await allBan([ahead, behind], [])
  })

  test('allow entries and peers are known to all, and to a node that joins later', async () => {
    const [a, b] = await fleet.pair({ urls: urls() })
    const entry = { cidr: '198.51.100.0/24', untilMs: null, addedMs: 5, comment: 'the branch office' }
    await a.decide({ kind: 'allow', entry })
    await a.decide({ kind: 'peers', of: a.id, cidrs: ['203.0.113.9'] })
    await until(() => b.delivered.length === 2, 'both')
    expect(b.allowed.get(entry.cidr)).toEqual(entry)
    await b.decide({ kind: 'disallow', cidr: entry.cidr })
    await until(() => !a.allowed.has(entry.cidr), 'the entry to be removed')
    const c = await fleet.node({ urls: urls() })
    await until(() => c.delivered.length === 2, 'the newcomer to know')
    expect(c.delivered.map(({ kind }) => kind).sort()).toEqual(['disallow', 'peers'])
    expect(c.delivered).toContainEqual(expect.objectContaining({ kind: 'peers', of: a.id, cidrs: ['203.0.113.9'] }))
  })

  test('peers that a node publishes are peers for all, said again where they change and when they are due', async () => {
    const one = await fleet.node({ urls: urls(), peers: ['203.0.113.9', '198.51.100.0/24'] })
    const two = await fleet.node({ urls: urls(), peers: ['203.0.113.9'] })
    const all = ['198.51.100.0/24', '203.0.113.9']
    await until(() => [one, two].every(({ fleet }) => [...fleet.peers()].sort().join() === all.join()), 'both to know all')
    await one.decide({ kind: 'peers', of: one.id, cidrs: ['203.0.113.9', '198.51.100.0/24'] })
    await until(() => two.delivered.filter(({ node }) => node === one.id).length === 2, 'the same to be said again')
    const dir = await fleet.kill(one)
    await fleet.node({ urls: urls(), dir })
    await until(() => two.fleet.peers().join() === '203.0.113.9', 'what the node no longer publishes to be withdrawn')
  })

  test('2,000 decisions at once arrive, each once', async () => {
    const [a, b] = await fleet.pair({ urls: urls() })
    const ips = Array.from({ length: 2000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    await Promise.all(ips.map((one) => a.ban(one)))
    await until(() => b.bans.size === 2000, 'all of them')
    expect(b.delivered).toHaveLength(2000)
    await until(() => a.fleet.status().outbox === 0, 'the outbox to be empty')
    await until(() => b.fleet.status().lagMs === 0, 'all to be read')
  })
}
