import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Element, FIREWALLS, type Firewall } from '../../src/enforce/index.ts'
import { needs } from '../require.ts'
import { address, endpoint, prefix } from './lab/elements.ts'
import { collecting, machineIn } from './lab/machine.ts'
import { makeNamespace, type Namespace } from './lab/namespace.ts'

const BANS: readonly Element[] = [
  address('192.0.2.7'),
  address('2001:db8::7'),
  prefix('2001:db8:1::7'),
  endpoint('192.0.2.9', 5060, null),
  endpoint('2001:db8::9', 5060, 'tls'),
]

/** What somebody does, what the probe says then, and whether the elements outlive it. */
interface Tampering {
  readonly what: string
  readonly by: (namespace: Namespace) => void
  readonly found: string
  readonly elementsStay: boolean
}

const nft = (text: string) => (namespace: Namespace) => void namespace.run('nft', text)
const GONE = 'the table inet sipguard or a set of it is gone'
const RULES_GONE = 'rules of the table inet sipguard are gone'
const EMPTIED = 'sets of the table inet sipguard were emptied'
const OF_NFTABLES: readonly Tampering[] = [
  { what: 'nft flush ruleset', by: nft('flush ruleset'), found: GONE, elementsStay: false },
  { what: 'a deleted table', by: nft('delete table inet sipguard'), found: GONE, elementsStay: false },
  { what: 'a flushed chain', by: nft('flush chain inet sipguard prerouting'), found: RULES_GONE, elementsStay: true },
  {
    what: 'a deleted chain',
    by: nft('flush chain inet sipguard prerouting; delete chain inet sipguard prerouting'),
    found: RULES_GONE,
    elementsStay: true,
  },
  ...['@ban4', '@end6', '@never', '@discovery'].map((rule) => ({
    what: `a deleted rule, ${rule}`,
    by: (namespace: Namespace) => deleteRule(namespace, rule),
    found: RULES_GONE,
    elementsStay: true,
  })),
  ...['ban4', 'ban6', 'net6', 'end4', 'end6'].map((set) => ({
    what: `an emptied set, ${set}`,
    by: nft(`flush set inet sipguard ${set}`),
    found: EMPTIED,
    elementsStay: false,
  })),
  { what: 'an emptied set, never', by: nft('flush set inet sipguard never'), found: EMPTIED, elementsStay: true },
  {
    what: 'a reload of the whole ruleset, as nftables.service does it',
    by: nft('flush ruleset; table inet filter { chain input { type filter hook input priority 0; ct state established accept; }; }'),
    found: GONE,
    elementsStay: false,
  },
]

function deleteRule(namespace: Namespace, rule: string): void {
  const handle = new RegExp(`${rule} .*# handle (\\d+)`).exec(namespace.run('nft', '-a', 'list chain inet sipguard prerouting'))?.[1]
  namespace.run('nft', `delete rule inet sipguard prerouting handle ${handle}`)
}

/** Each argument is one command. */
const run =
  (...commands: readonly string[]) =>
  (namespace: Namespace) => {
    for (const command of commands) {
      const [program, ...args] = command.split(' ') as [string, ...string[]]
      namespace.run(program, ...args)
    }
  }
const LOST4 = 'rules of sipguard in the raw table of iptables are gone'
const LOST6 = 'rules of sipguard in the raw table of ip6tables are gone'
const DELETE_CHAIN = ['iptables -t raw -F', 'iptables -t raw -X']
const OF_IPTABLES: readonly Tampering[] = [
  { what: 'iptables -F', by: run('iptables -t raw -F'), found: LOST4, elementsStay: true },
  { what: 'iptables -X', by: run(...DELETE_CHAIN), found: LOST4, elementsStay: true },
  { what: 'a deleted jump', by: run('ip6tables -t raw -D PREROUTING -j SIPGUARD'), found: LOST6, elementsStay: true },
  {
    what: 'a deleted rule',
    by: run('iptables -t raw -D SIPGUARD -m set --match-set sipguard4-end src,src -j DROP'),
    found: LOST4,
    elementsStay: true,
  },
  { what: 'a deleted exception', by: run('iptables -t raw -D SIPGUARD -p tcp --dport 22 -j RETURN'), found: LOST4, elementsStay: true },
  {
    what: 'iptables-restore without --noflush, as a firewall’s reload does it',
    by: (namespace) => void namespace.run('sh', '-c', 'printf "*raw\\n:PREROUTING ACCEPT\\nCOMMIT\\n" | iptables-restore'),
    found: LOST4,
    elementsStay: true,
  },
  { what: 'ipset flush', by: run('ipset flush'), found: 'a set of sipguard was emptied', elementsStay: false },
  {
    what: 'an emptied set',
    by: run('ipset flush sipguard6-end'),
    found: 'a set of sipguard was emptied',
    elementsStay: false,
  },
  {
    what: 'ipset destroy',
    by: run(...DELETE_CHAIN, 'ip6tables -t raw -F', 'ipset destroy'),
    found: 'a set of sipguard is gone',
    elementsStay: false,
  },
]
const BACKENDS = { nftables: OF_NFTABLES, iptables: OF_IPTABLES } as const

describe.each(['nftables', 'iptables'] as const)('foreign hands on %s', (backend) => {
  describe.skipIf(needs('root', 'ip', 'nft', 'ipset', 'iptables'))('', () => {
    let namespace: Namespace
    let firewall: Firewall

    beforeAll(() => {
      namespace = makeNamespace()
      firewall = FIREWALLS[backend](collecting(), machineIn(namespace))
    })
    beforeEach(() => firewall.open(BANS))
    afterAll(async () => {
      await firewall?.close()
      namespace?.remove()
    })

    const allHeld = async () => (await Promise.all(BANS.map((ban) => firewall.has(ban)))).every((held) => held)

    test.each(BACKENDS[backend])('$what is noticed, and repaired', async ({ by, found, elementsStay }) => {
      expect(await firewall.intact()).toBeNull()
      by(namespace)
      expect(await firewall.intact()).toBe(found)
      expect(await firewall.mend()).toBe(elementsStay)
      if (!elementsStay) {
        // Rules are back already, and what is banned now is in force.
        expect(await firewall.add([address('192.0.2.8')])).toEqual([])
        await firewall.open(BANS)
      }
      expect(await allHeld()).toBe(true)
      expect(await firewall.intact()).toBeNull()
    })

    test('foreign tables, chains and sets that come and go are none of our business', async () => {
      namespace.run('nft', 'table ip docker { chain nat { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.0.0.2; }; }')
      namespace.run('iptables', '-t', 'raw', '-N', 'FOREIGN')
      namespace.run('ipset', 'create', 'foreign', 'hash:ip')
      expect(await firewall.intact()).toBeNull()
      namespace.run('nft', 'delete table ip docker')
      namespace.run('iptables', '-t', 'raw', '-X', 'FOREIGN')
      namespace.run('ipset', 'destroy', 'foreign')
      expect(await firewall.intact()).toBeNull()
    })

    describe('the audit', () => {
      const take = (element: string) =>
        backend === 'nftables'
          ? namespace.run('nft', `delete element inet sipguard ${element}`)
          : namespace.run('ipset', 'del', ...element.split(' '))
      const put = (element: string) =>
        backend === 'nftables'
          ? namespace.run('nft', `add element inet sipguard ${element}`)
          : namespace.run('ipset', 'add', ...element.split(' '))
      const written =
        backend === 'nftables'
          ? {
              ban4: 'ban4 { 192.0.2.7 }',
              net6: 'net6 { 2001:db8:1:: }',
              end4: 'end4 { 192.0.2.9 . tcp . 5060 }',
              foreign4: 'ban4 { 198.51.100.1 }',
              foreignEnd: 'end6 { 2001:db8::1 . udp . 99 }',
            }
          : {
              ban4: 'sipguard4 192.0.2.7',
              net6: 'sipguard6 2001:db8:1::/64',
              end4: 'sipguard4-end 192.0.2.9,tcp:5060',
              foreign4: 'sipguard4 198.51.100.1',
              foreignEnd: 'sipguard6-end 2001:db8::1,udp:99',
            }

      test('finds single elements that were taken out, also half of an endpoint', async () => {
        for (const element of [written.ban4, written.net6, written.end4]) take(element)
        expect(await firewall.intact()).toBeNull()
        const { missing, foreign } = await firewall.audit(() => BANS)
        expect(new Set(missing)).toEqual(new Set([BANS[0], BANS[2], BANS[3]]))
        expect(foreign).toEqual([])
      })

      test('removes what is not ours, and nothing that is', async () => {
        put(written.foreign4)
        put(written.foreignEnd)
        const { missing, foreign } = await firewall.audit(() => BANS)
        expect(missing).toEqual([])
        expect([...foreign].sort()).toEqual(['198.51.100.1', '2001:db8::1 . udp . 99'])
        expect(await firewall.has(address('198.51.100.1'))).toBe(false)
        expect(await firewall.has(endpoint('2001:db8::1', 99))).toBe(false)
        expect(await allHeld()).toBe(true)
        expect(await firewall.audit(() => BANS)).toEqual({ missing: [], foreign: [] })
      })

      test('a ban that is decided while it lists is neither missing nor foreign', async () => {
        const late = address('192.0.2.200')
        await firewall.add([late])
        const expected = [BANS, [...BANS, late]]
        expect(await firewall.audit(() => expected.shift() ?? [])).toEqual({ missing: [], foreign: [] })
        expect(await firewall.has(late)).toBe(true)
      })

      test('an element that ends within seconds is not missed', async () => {
        const ending = address('192.0.2.201', Date.now() + 3000)
        expect(await firewall.audit(() => [...BANS, ending])).toEqual({ missing: [], foreign: [] })
      })
    })

    afterEach(async () => expect(await firewall.intact()).toBeNull())
  })
})
