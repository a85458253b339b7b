import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EnforceBackend } from '../../src/config/types.ts'
import { FIREWALLS, type Firewall } from '../../src/enforce/index.ts'
import { address, endpoint, HOUR, manyAddresses, prefix } from './lab/elements.ts'
import { collecting, machineIn } from './lab/machine.ts'
import { makeNamespace, type Namespace } from './lab/namespace.ts'

/** What every firewall backend keeps. `inNamespace`: it needs one of its own; otherwise it never touches the machine. */
export function firewallContract(backend: EnforceBackend, inNamespace: boolean): void {
  describe(`the firewall contract, kept by ${backend}`, () => {
    let namespace: Namespace | null = null
    let firewall: Firewall
    let options: ReturnType<typeof collecting>

    beforeAll(() => {
      if (inNamespace) namespace = makeNamespace()
    })
    afterAll(() => namespace?.remove())
    beforeEach(async () => {
      options = collecting()
      firewall = FIREWALLS[backend](options, namespace === null ? {} : machineIn(namespace))
      await firewall.open([])
    })
    afterEach(() => firewall.close())

    /** Waits until the kernel's own clock has let it go. */
    const gone = (ip: string) => vi.waitFor(async () => expect(await firewall.has(address(ip))).toBe(false), { timeout: 10_000 })
    const soon = () => Date.now() + 1000

    test('an element is there once add has resolved, and no other is', async () => {
      expect(await firewall.add([address('192.0.2.7')])).toEqual([])
      expect(await firewall.has(address('192.0.2.7'))).toBe(true)
      expect(await firewall.has(address('192.0.2.8'))).toBe(false)
    })

    test('asking for an element does not put it there', async () => {
      for (const element of [address('192.0.2.7'), address('2001:db8::7'), prefix('2001:db8::7')]) {
        expect(await firewall.has(element)).toBe(false)
        expect(await firewall.has(element)).toBe(false)
      }
    })

    test('asking for an element does not take it away or end it sooner', async () => {
      for (const element of [address('192.0.2.7'), address('2001:db8::7'), prefix('2001:db8::7')]) {
        await firewall.add([element])
        expect(await firewall.has(element)).toBe(true)
        expect(await firewall.has(element)).toBe(true)
      }
    })

    test('an IPv6 address and its /64 are different elements', async () => {
      await firewall.add([prefix('2001:db8:1::7')])
      expect(await firewall.has(prefix('2001:db8:1::99'))).toBe(true)
      expect(await firewall.has(address('2001:db8:1::7'))).toBe(false)
      await firewall.add([address('2001:db8:1::7'), address('2001:db8:2::7')])
      await firewall.remove([prefix('2001:db8:1::7')])
      expect(await firewall.has(address('2001:db8:1::7'))).toBe(true)
      expect(await firewall.has(prefix('2001:db8:1::7'))).toBe(false)
      expect(await firewall.has(prefix('2001:db8:2::7'))).toBe(false)
    })

    test('a removed element is gone, and removing it again is done', async () => {
      const all = [address('192.0.2.7'), address('2001:db8::7'), prefix('2001:db8::7')]
      await firewall.add(all)
      await firewall.remove(all)
      for (const element of all) expect(await firewall.has(element)).toBe(false)
      await firewall.remove(all)
    })

    test('what is asked keeps its order without being awaited', async () => {
      const seven = address('192.0.2.7')
      const eight = address('192.0.2.8')
      await Promise.all([firewall.add([seven]), firewall.remove([seven]), firewall.add([seven])])
      await Promise.all([firewall.add([eight]), firewall.add([seven]), firewall.remove([eight])])
      expect(await firewall.has(seven)).toBe(true)
      expect(await firewall.has(eight)).toBe(false)
    })

    test('an element ends by its newest time-out: later, sooner or never, also when one call names it twice', async () => {
      await firewall.add([address('192.0.2.1', soon()), address('192.0.2.2'), address('192.0.2.3', soon()), address('192.0.2.4', null)])
      await firewall.add([address('192.0.2.1'), address('192.0.2.2', soon()), address('192.0.2.3', null), address('192.0.2.4', soon())])
      await firewall.add([address('192.0.2.5', soon()), address('192.0.2.5'), address('192.0.2.6', soon())])
      for (const ip of ['192.0.2.2', '192.0.2.4', '192.0.2.6']) await gone(ip)
      for (const ip of ['192.0.2.1', '192.0.2.3', '192.0.2.5']) expect(await firewall.has(address(ip))).toBe(true)
    })

    test('an element whose time is past is skipped and costs the others nothing', async () => {
      expect(await firewall.add([address('192.0.2.7', Date.now() - 1), address('192.0.2.8')])).toEqual([])
      expect(await firewall.add([address('192.0.2.9', Date.now() - HOUR)])).toEqual([])
      expect(await firewall.has(address('192.0.2.7'))).toBe(false)
      expect(await firewall.has(address('192.0.2.8'))).toBe(true)
    })

    test('a ban of ten years is in place', async () => {
      expect(await firewall.add([address('192.0.2.7', Date.now() + 10 * 8766 * HOUR)])).toEqual([])
      expect(await firewall.has(address('192.0.2.7'))).toBe(true)
    })

    test('an endpoint is one port of one address over one protocol, and nothing else', async () => {
      for (const ip of ['192.0.2.7', '2001:db8::7']) {
        expect(await firewall.add([endpoint(ip, 5060)])).toEqual([])
        expect(await firewall.has(endpoint(ip, 5060))).toBe(true)
        expect(await firewall.has(endpoint(ip, 5061))).toBe(false)
        expect(await firewall.has(endpoint(ip, 5060, 'tcp'))).toBe(false)
        expect(await firewall.has(address(ip))).toBe(false)
        expect(await firewall.has(prefix('2001:db8::7'))).toBe(false)
        await firewall.remove([endpoint(ip, 5060)])
        expect(await firewall.has(endpoint(ip, 5060))).toBe(false)
      }
    })

    test.each(['tcp', 'tls', 'ws', 'wss'] as const)('an endpoint over %s is one over TCP', async (transport) => {
      await firewall.add([endpoint('192.0.2.7', 5060, transport)])
      expect(await firewall.has(endpoint('192.0.2.7', 5060, 'tcp'))).toBe(true)
      expect(await firewall.has(endpoint('192.0.2.7', 5060, 'udp'))).toBe(false)
    })

    test('an endpoint without a transport is there, and goes, over UDP and TCP together', async () => {
      const both = endpoint('192.0.2.7', 5060, null)
      await firewall.add([endpoint('192.0.2.7', 5060, 'udp')])
      expect(await firewall.has(both)).toBe(false)
      expect(await firewall.add([both])).toEqual([])
      expect(await firewall.has(both)).toBe(true)
      expect(await firewall.has(endpoint('192.0.2.7', 5060, 'tcp'))).toBe(true)
      await firewall.remove([both])
      for (const transport of ['udp', 'tcp'] as const) expect(await firewall.has(endpoint('192.0.2.7', 5060, transport))).toBe(false)
    })

    test('an endpoint ends by its own time-out', async () => {
      await firewall.add([endpoint('192.0.2.7', 5060, null, soon()), endpoint('192.0.2.8', 5060)])
      await vi.waitFor(async () => expect(await firewall.has(endpoint('192.0.2.7', 5060, 'tcp'))).toBe(false), { timeout: 10_000 })
      expect(await firewall.has(endpoint('192.0.2.8', 5060))).toBe(true)
    })

    test.each([null, 0, 65_536, 5060.5, Number.NaN])('%s is no source port: it is thrown back', async (port) => {
      const message = `expected a source port from 1 to 65535 to enforce, got '${port}'`
      await expect(firewall.add([{ ...endpoint('192.0.2.7', 1), port }])).rejects.toMatchObject({ code: 'ADDRESS_INVALID', message })
    })

    test('what was placed is intact and passes the audit', async () => {
      const bans = [address('192.0.2.7'), address('2001:db8::7', null), prefix('2001:db8::7'), endpoint('192.0.2.9', 5060, null)]
      bans.push(endpoint('2001:db8::9', 5060, 'tls'))
      await firewall.open(bans.slice(0, 3))
      await firewall.add(bans.slice(3))
      expect(await firewall.intact()).toBeNull()
      expect(await firewall.mend()).toBe(true)
      expect(await firewall.audit(() => bans)).toEqual({ missing: [], foreign: [] })
      expect(await firewall.intact()).toBeNull()
      for (const element of bans) expect(await firewall.has(element)).toBe(true)
    })

    test('to ask how many packets were dropped gives one answer for each, in their order', async () => {
      const known = inNamespace ? 0 : null
      await firewall.add([address('192.0.2.7'), endpoint('192.0.2.9', 5060, null)])
      const asked = [endpoint('192.0.2.9', 5060, null), address('192.0.2.8'), address('192.0.2.7')]
      expect(await firewall.packets(asked)).toEqual([known, null, known])
      expect(await firewall.packets([])).toEqual([])
    })

    test.each([
      'example.com',
      '::ffff:192.0.2.7',
      '2001:DB8::7',
      '[2001:db8::7]',
      'fe80::1%eth0',
      '192.0.2.7/24',
      '192.0.2.7; flush ruleset',
      '192.0.2.7\nflush ruleset',
      '0.0.0.0',
      '',
    ])('%j is not a canonical address: it is thrown back and nothing of that call is sent', async (ip) => {
      const error = { code: 'ADDRESS_INVALID', message: `expected a canonical IP address to enforce, got '${ip}'` }
      await expect(firewall.add([address('192.0.2.7'), address(ip)])).rejects.toMatchObject(error)
      await expect(firewall.remove([address(ip)])).rejects.toMatchObject(error)
      await expect(firewall.has(address(ip))).rejects.toMatchObject(error)
      await expect(firewall.open([address(ip)])).rejects.toMatchObject(error)
      expect(await firewall.has(address('192.0.2.7'))).toBe(false)
    })

    test.each(['2001:db8::1/64', '2001:db8::/48', '2001:DB8::/64', '192.0.2.0/24', '2001:db8::/64 }', null])(
      '%j is not a canonical IPv6 /64: it is thrown back',
      async (text) => {
        const element = { ...prefix('2001:db8::7'), prefix: text }
        const message = `expected an IPv6 /64 such as 2001:db8::/64 to enforce, got '${text}'`
        await expect(firewall.add([element])).rejects.toMatchObject({ code: 'ADDRESS_INVALID', message })
      },
    )

    test('open puts exactly its elements in place, also when called again', async () => {
      await firewall.add([address('192.0.2.7'), address('2001:db8::7'), prefix('2001:db8::7')])
      const restored = [address('192.0.2.8'), address('2001:db8::8'), prefix('2001:db8:8::8'), address('192.0.2.9', Date.now() - 1)]
      expect(await firewall.open(restored)).toEqual([])
      for (const element of restored.slice(0, 3)) expect(await firewall.has(element)).toBe(true)
      expect(await firewall.has(address('192.0.2.7'))).toBe(false)
      expect(await firewall.has(address('192.0.2.9'))).toBe(false)
      expect(await firewall.has(address('2001:db8::7'))).toBe(false)
      expect(await firewall.has(prefix('2001:db8::7'))).toBe(false)
      expect(options.notices).toEqual([])
    })

    test('an empty call is done at once', async () => {
      expect(await firewall.add([])).toEqual([])
      await firewall.remove([])
    })

    test('5,000 adds, one by one without waiting, are all in place', async () => {
      const elements = manyAddresses(5000)
      const refused = await Promise.all(elements.map((element) => firewall.add([element])))
      expect(refused.flat()).toEqual([])
      const sample = [0, 1, 999, 1000, 1001, 2500, 4998, 4999].map((i) => firewall.has(elements[i]!))
      expect(await Promise.all(sample)).toEqual(sample.map(() => true))
      await Promise.all(elements.map((element) => firewall.remove([element])))
      expect(await firewall.has(elements[2500]!)).toBe(false)
    }, 30_000)
  })
}
