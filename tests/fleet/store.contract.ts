import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failures, success } from '../daemon/lines.ts'
import { until } from './redis-server.ts'
import { type StoreNode, startStoreNode } from './store-node.ts'

const ip = '192.0.2.7'
const SECOND = 1000

/** How many nodes there are, and what each says under `store:`; a new one of its kind each time. */
export interface StoreUnderTest {
  readonly size: 1 | 2
  store(): string
}

/**
 * What whoever runs a daemon relies on, whatever its `store:` is: counts, decisions and phones are the same on every node, and outlive
 * their restart. A store of one node is here and there at once.
 */
export function storeContract(name: string, open: () => StoreUnderTest): void {
  describe(`a store (${name})`, { timeout: 60_000 }, () => {
    let nodes: StoreNode[]
    let here: StoreNode
    let there: StoreNode
    beforeEach(async () => {
      const { size, store } = open()
      const said = store()
      nodes = []
      for (let i = 0; i < size; i++) nodes.push(await startStoreNode(said))
      here = nodes[0]!
      there = nodes.at(-1)!
      await settled()
    })
    afterEach(async () => {
      for (const node of nodes) await node.close()
    })

    async function settled(): Promise<void> {
      for (const node of nodes) await node.settle()
    }
    async function restarted(): Promise<void> {
      for (const node of nodes) await node.stop()
      for (const node of nodes) await node.start()
      await settled()
    }
    const allBan = (...ips: string[]) =>
      until(
        () => nodes.every((node) => node.banned().join() === ips.join()),
        () => `all to ban ${ips.join()}; instead: ${nodes.map((node) => node.banned().join()).join('; ')}`,
      )
    /** Of the jail that bans at ten failures in five minutes, so long ago. */
    const guesses = (count: number, secondsAgo = 0) => failures(count, ip, { atMs: Date.now() - secondsAgo * SECOND })
    const counts = () => nodes.map((node) => node.reported().map(({ count }) => count))
    const all = <T>(value: T): T[] => nodes.map(() => value)

    test('adds up guesses wherever they are seen, and bans at maxretry, no sooner', async () => {
      here.write(guesses(5))
      there.write(guesses(4))
      await settled()
      expect(counts()).toEqual(all([]))
      here.write(guesses(1))
      await allBan(ip)
      expect(counts()).toEqual(all([10]))
    })

    test('counts what lies within findtime by the times in the log, and nothing before', async () => {
      here.write(guesses(5, 302))
      there.write(guesses(9))
      await settled()
      expect(counts()).toEqual(all([]))
      here.write(guesses(1))
      await allBan(ip)
      expect(counts()).toEqual(all([10]))
    })

    test('counts lines that come late where they belong', async () => {
      here.write(guesses(5))
      await settled()
      there.write(guesses(4, 200))
      await settled()
      expect(counts()).toEqual(all([]))
      there.write(guesses(1, 100))
      await allBan(ip)
      expect(counts()).toEqual(all([10]))
    })

    test('counts lines once that are read again after a crash', async () => {
      await here.stop()
      here.keepCopy()
      await here.start()
      here.write(guesses(5))
      await settled()
      await here.stop()
      here.goBack()
      await here.start()
      await settled()
      there.write(guesses(4))
      await settled()
      expect(counts()).toEqual(all([]))
      here.write(guesses(1))
      await allBan(ip)
      expect(counts()).toEqual(all([10]))
    })

    test('keeps what is counted over a restart of its nodes', async () => {
      here.write(guesses(5))
      there.write(guesses(4))
      await settled()
      await restarted()
      there.write(guesses(1))
      await allBan(ip)
      expect(counts()).toEqual(all([10]))
    })

    test('keeps bans, unbans and the allow list over a restart of its nodes', async () => {
      for (const banned of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) await here.control().ban(banned, { forMs: null })
      await allBan('203.0.113.1', '203.0.113.2', '203.0.113.3')
      await there.control().unban('203.0.113.2')
      for (const cidr of ['203.0.113.3', '198.51.100.0/24']) await there.control().allow(cidr, { forMs: null, comment: null })
      await allBan('203.0.113.1')
      await here.control().disallow('203.0.113.3')
      const allowed = () =>
        nodes.map((node) =>
          node
            .control()
            .allowList()
            .map(({ cidr }) => cidr)
            .join(),
        )
      await until(() => allowed().every((cidrs) => cidrs === '198.51.100.0/24'), 'the entry to be removed')
      await settled()
      await restarted()
      expect(nodes.map((node) => node.banned())).toEqual(all(['203.0.113.1']))
      expect(allowed()).toEqual(all('198.51.100.0/24'))
      expect(nodes.map((node) => node.control().bans()[0]?.untilMs)).toEqual(all(null))
    })

    test('takes back by an unban what is counted, and not what comes after it', async () => {
      here.write(guesses(9))
      await settled()
      await there.control().unban(ip)
      await there.control().ban('203.0.113.1', {})
      // Later than the unban, and so known after it.
      await allBan('203.0.113.1')
      const liftedMs = Date.now()
      await until(() => Date.now() > liftedMs, 'a time that is not that of the unban')
      here.write(guesses(9))
      await settled()
      expect(nodes.map((node) => node.banned())).toEqual(all(['203.0.113.1']))
      there.write(guesses(1))
      await allBan(ip, '203.0.113.1')
    })

    test('keeps phones over a restart of its nodes, on all of them', async () => {
      here.write(success(ip))
      await settled()
      // Whoever is unbanned is told which phones that cut off.
      const phones = async (node: StoreNode) => {
        await node.control().ban(ip, {})
        return (await node.control().unban(ip)).flatMap(({ phones }) => phones)
      }
      for (const node of nodes) await until(async () => (await phones(node)).join() === '1001@example.com', 'the phone to be known')
      await settled()
      await restarted()
      there.write(failures(10, ip, { user: '2000', atMs: Date.now() + SECOND }).replaceAll(':5060,', ':7777,'))
      await until(() => there.reported().some(({ scope }) => scope === 'endpoint'), 'the endpoint to be banned')
      expect(there.reported().filter(({ scope, jail }) => scope === 'address' && jail !== 'manual')).toEqual([])
    })
  })
}
