import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Element, FIREWALLS, type Firewall } from '../../src/enforce/index.ts'
import { needs } from '../require.ts'
import { address, manyAddresses, prefix } from './lab/elements.ts'
import { collecting, machineIn } from './lab/machine.ts'
import { ATTACKER, FORWARDED, makeNetwork, type Network, type Probe, SIP } from './lab/network.ts'

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

    test('not one packet comes through while open() puts the same bans in place again', async () => {
      const bans = [...manyAddresses(5000), address(ATTACKER.v4)]
      await firewall.open(bans)
      const restarts = async () => {
        for (let i = 0; i < 5; i++) await firewall.open(bans)
      }
      const banned = await network.flood(ATTACKER.v4, restarts)
      expect(banned.sent).toBeGreaterThan(100)
      expect(banned.answered).toBe(0)
      await firewall.open([])
      const free = await network.flood(ATTACKER.v4, () => network.answered(fresh(FROM_V4)))
      expect(free.answered).toBeGreaterThan(0)
    }, 30_000)
  })
})
