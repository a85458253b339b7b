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

    test('an endpoint is refused with its reason and costs the others nothing', async () => {
      const narrow = endpoint('192.0.2.7', 5060)
      const reason = 'bans of scope endpoint cannot be enforced, only those of an address or an IPv6 /64'
      expect(await firewall.add([narrow, address('192.0.2.8')])).toEqual([{ element: narrow, reason }])
      expect(await firewall.has(narrow)).toBe(false)
      expect(await firewall.has(address('192.0.2.7'))).toBe(false)
      expect(await firewall.has(address('192.0.2.8'))).toBe(true)
      await firewall.open([narrow])
      expect(options.notices).toEqual([`${backend} refused 192.0.2.7: ${reason}`])
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
      await firewall.open(restored)
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
