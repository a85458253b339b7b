import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Element, FIREWALLS, type Firewall } from '../../src/enforce/index.ts'
import { needs } from '../require.ts'
import { address, endpoint, manyAddresses, prefix } from './lab/elements.ts'
import { collecting, machineIn } from './lab/machine.ts'
import { ATTACKER, BEHIND, FORWARDED, makeNetwork, type Network, type Probe, SIP } from './lab/network.ts'

const FROM_V4: Probe = { flow: 'v4', protocol: 'udp', from: ATTACKER.v4, port: SIP }
const FROM_V6: Probe = { flow: 'v6', protocol: 'udp', from: ATTACKER.v6, port: SIP }

/** Real packets of an attacker, in namespaces where foreign rules accept him and his established flows. */
describe.each(['nftables', 'iptables'] as const)('a ban by %s, met by real packets', (backend) => {
  describe.skipIf(needs('root', 'ip', 'nft', 'ipset', 'iptables'))('', () => {
    let network: Network
    let firewall: Firewall
    let flows = 0

    beforeAll(async () => {
      network = await makeNetwork()
      firewall = FIREWALLS[backend](collecting(), machineIn(network.server))
    }, 30_000)
    beforeEach(() => firewall.open([]))
    afterAll(async () => {
      await firewall?.close()
      await network?.remove()
    })

    const fresh = (probe: Probe): Probe => ({ ...probe, flow: `${probe.flow} ${++flows}` })

    async function cutsAndLetsGo(element: Element, probe: Probe): Promise<void> {
      await network.answered(probe)
      await firewall.add([element])
      expect(await network.dropped(probe)).toBe(true)
      await firewall.remove([element])
      await network.answered(fresh(probe))
    }

    test('an IPv4 address is cut off, and heard again after remove', () => cutsAndLetsGo(address(ATTACKER.v4), fresh(FROM_V4)))

    test('an IPv6 address is cut off, and heard again after remove', () => cutsAndLetsGo(address(ATTACKER.v6), fresh(FROM_V6)))

    test('an established TCP flow is cut although a foreign rule accepts it', () =>
      cutsAndLetsGo(address(ATTACKER.v4), fresh({ ...FROM_V4, protocol: 'tcp' })))

    test.each(['udp', 'tcp'] as const)('an established %s flow that is forwarded by DNAT is cut', (protocol) =>
      cutsAndLetsGo(address(ATTACKER.v4), fresh({ ...FROM_V4, protocol, port: FORWARDED })),
    )

    test.each(['udp', 'tcp'] as const)('an established %s flow that is routed to a host behind is cut', (protocol) =>
      cutsAndLetsGo(address(ATTACKER.v4), fresh({ ...FROM_V4, protocol, to: BEHIND })),
    )

    let lastPort = 20_000
    /** Two established flows from two ports of one address. */
    async function neighbours(probe: Probe): Promise<[Probe, Probe, number]> {
      const [left, right] = [fresh({ ...probe, sourcePort: ++lastPort }), fresh({ ...probe, sourcePort: ++lastPort })]
      await network.answered(left)
      await network.answered(right)
      return [left, right, lastPort - 1]
    }

    test.each([
      { what: 'UDP over IPv4', from: FROM_V4 },
      { what: 'TCP over IPv4', from: { ...FROM_V4, protocol: 'tcp' } as const },
      { what: 'UDP over IPv6', from: FROM_V6 },
      { what: 'TCP over IPv6', from: { ...FROM_V6, protocol: 'tcp' } as const },
      { what: 'UDP through DNAT', from: { ...FROM_V4, port: FORWARDED } },
    ])('the flow of a banned port stops, its neighbour’s goes on, and remove lifts it: $what', async ({ from }) => {
      const [banned, neighbour, port] = await neighbours(from)
      const element = endpoint(from.from, port, from.protocol === 'tcp' ? 'tls' : 'udp')
      await firewall.add([element])
      expect(await network.dropped(banned)).toBe(true)
      await network.answered(neighbour)
      await firewall.remove([element])
      await network.answered(banned)
    })

    test('a banned port without a transport is deaf over UDP and over TCP, and to tcp/22 it is not', async () => {
      const [udp, , port] = await neighbours(FROM_V4)
      const tcp = fresh({ ...FROM_V4, protocol: 'tcp', sourcePort: port })
      await network.answered(tcp)
      await firewall.add([endpoint(ATTACKER.v4, port, null)])
      expect(await network.dropped(udp)).toBe(true)
      expect(await network.dropped(tcp)).toBe(true)
      await network.answered(fresh({ ...FROM_V4, protocol: 'tcp', port: 22, sourcePort: port }))
    })

    test('bans that foreign hands took away are in force again after the repair', async () => {
      const [banned, neighbour, port] = await neighbours(FROM_V4)
      const bans = [endpoint(ATTACKER.v4, port, null), prefix(ATTACKER.v6)]
      await firewall.open(bans)
      if (backend === 'nftables') network.server.run('nft', 'delete table inet sipguard')
      else for (const program of ['iptables', 'ip6tables']) network.server.run(program, '-w', '-t', 'raw', '-F')
      await network.answered(banned)
      if (!(await firewall.mend())) await firewall.open(bans)
      expect(await network.dropped(banned)).toBe(true)
      expect(await network.dropped(fresh(FROM_V6))).toBe(true)
      await network.answered(neighbour)
    })

    test('each ban counts the packets that it dropped', async () => {
      const [banned, , port] = await neighbours(FROM_V4)
      const bans = [endpoint(ATTACKER.v4, port, null), address('192.0.2.7'), prefix(ATTACKER.v6)]
      await firewall.add(bans)
      for (let i = 0; i < 3; i++) expect(await network.dropped(banned)).toBe(true)
      expect(await network.dropped(fresh(FROM_V6))).toBe(true)
      expect(await firewall.packets(bans)).toEqual([3, 0, 1])
    })

    test('a /64 cuts off all its addresses and no other', async () => {
      await firewall.add([prefix(ATTACKER.v6)])
      expect(await network.dropped(fresh(FROM_V6))).toBe(true)
      expect(await network.dropped(fresh({ ...FROM_V6, from: ATTACKER.neighbour6 }))).toBe(true)
      await network.answered(fresh({ ...FROM_V6, from: ATTACKER.other6 }))
    })

    test('one IPv6 address leaves its neighbour in the /64 alone', async () => {
      await firewall.add([address(ATTACKER.v6)])
      expect(await network.dropped(fresh(FROM_V6))).toBe(true)
      await network.answered(fresh({ ...FROM_V6, from: ATTACKER.neighbour6 }))
    })

    test('tcp/22 is never dropped, over IPv6 not even when neighbours must be found anew', async () => {
      await firewall.add([address(ATTACKER.v4), prefix(ATTACKER.v6)])
      await network.answered(fresh({ ...FROM_V4, protocol: 'tcp', port: 22 }))
      for (const namespace of [network.attacker, network.server]) namespace.run('ip', 'neigh', 'flush', 'all')
      await network.answered(fresh({ ...FROM_V6, protocol: 'tcp', port: 22 }))
      expect(await network.dropped(fresh({ ...FROM_V4, port: 22 }))).toBe(true)
      expect(await network.dropped(fresh({ ...FROM_V4, protocol: 'tcp' }))).toBe(true)
    })

    test('not one packet comes through while a restart puts 100,000 bans in place again', async () => {
      const bans = [...manyAddresses(100_000), address(ATTACKER.v4)]
      await firewall.open(bans)
      const restart = async () => {
        await firewall.close()
        await firewall.open(bans)
      }
      const banned = await network.flood(ATTACKER.v4, restart)
      expect(banned.sent).toBeGreaterThan(100)
      expect(banned.answered).toBe(0)
      await firewall.open([])
      const free = await network.flood(ATTACKER.v4, () => network.answered(fresh(FROM_V4)))
      expect(free.answered).toBeGreaterThan(0)
    }, 30_000)
  })
})
