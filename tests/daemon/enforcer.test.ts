import { beforeEach, expect, test } from 'vitest'
import { createEnforcer, type Enforcer } from '../../src/daemon/enforcer.ts'
import type { Ban } from '../../src/types.ts'
import { aBan } from '../api/fake-control.ts'
import { createFakeFirewall, type FakeFirewall } from './fake-firewall.ts'

const DAY = 864e5
const HOUR = 36e5
let nowMs: number
let firewall: FakeFirewall
let enforcer: Enforcer
/** What was said, in order. */
let said: string[]
let active: Ban[]

beforeEach(() => {
  nowMs = Date.UTC(2026, 0, 15)
  firewall = createFakeFirewall()
  said = []
  active = []
  enforcer = createEnforcer({
    firewall,
    now: () => nowMs,
    onBanned: (ban, receivedAtMs) => said.push(`banned ${ban.ip} ${receivedAtMs}`),
    onTrouble: (message) => said.push(message ?? 'works again'),
    onRepaired: (what) => said.push(`repaired ${what}`),
  })
})

const seven = aBan({ ip: '192.0.2.7', untilMs: null })
const eight = aBan({ ip: '192.0.2.8', untilMs: null })
const ban = (what: Ban) => {
  active.push(what)
  return enforcer.ban(what, 5)
}
const tickAfter = async (ms: number) => {
  nowMs += ms
  await enforcer.tick(() => active)
}

test('a ban is told only once the kernel has confirmed it', async () => {
  firewall.mood = 'hangs'
  const pending = ban(seven)
  await Promise.resolve()
  expect(said).toEqual([])
  expect(enforcer.countVerified(active)).toBe(0)
  firewall.mood = 'works'
  expect(await pending).toBe(true)
  expect(said).toEqual(['banned 192.0.2.7 5'])
  expect(enforcer.countVerified(active)).toBe(1)
})

test.each([
  ['refuses', 'fake refused the ban of 192.0.2.7: the set is full'],
  ['fails', 'fake failed to ban 192.0.2.7: nft gave no answer'],
] as const)('a firewall that %s a ban is trouble, and the ban is placed and told when it works again', async (mood, message) => {
  firewall.mood = mood
  expect(await ban(seven)).toBe(false)
  expect(said).toEqual([message])
  expect(enforcer.lastError).toBe(message)
  expect(enforcer.countVerified(active)).toBe(0)
  firewall.mood = 'works'
  await tickAfter(1)
  expect(said).toEqual([message, 'banned 192.0.2.7 5', 'works again'])
  expect(firewall.held.size).toBe(1)
  expect(enforcer.countVerified(active)).toBe(1)
  await tickAfter(HOUR)
  expect(said).toHaveLength(3)
})

test('it is tried again ever more rarely, at least once a minute', async () => {
  firewall.mood = 'fails'
  await ban(seven)
  const tries: number[] = []
  for (let second = 0; second <= 300; second++) {
    const before = firewall.calls.length
    await tickAfter(second === 0 ? 0 : 1000)
    if (firewall.calls.length > before) tries.push(second)
  }
  expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243])
})

test('while it fails, one notice is enough for many bans, and each of them is placed and told in the end', async () => {
  firewall.mood = 'fails'
  const many = Array.from({ length: 50 }, (_, i) => aBan({ ip: `198.51.100.${i}`, untilMs: null }))
  await Promise.all(many.map(ban))
  expect(said).toEqual(['fake failed to ban 198.51.100.0: nft gave no answer'])
  firewall.mood = 'works'
  await tickAfter(0)
  expect(said.filter((text) => text.startsWith('banned '))).toHaveLength(50)
  expect(enforcer.countVerified(active)).toBe(50)
})

test('what the firewall refuses of the last run’s bans is owed, and the others count', async () => {
  active = [seven, eight]
  firewall.mood = 'refuses'
  await enforcer.restore(active)
  expect(said).toEqual(['fake does not take the ban of 192.0.2.7: the set is full'])
  expect(enforcer.countVerified(active)).toBe(0)
  firewall.mood = 'works'
  await tickAfter(0)
  expect(said.slice(1)).toEqual(['banned 192.0.2.7 null', 'banned 192.0.2.8 null', 'works again'])
  expect(enforcer.countVerified(active)).toBe(2)
})

test('rules that somebody took away are back with the next look, and no element is touched for it', async () => {
  await ban(seven)
  firewall.calls.length = 0
  firewall.lost = 'rules'
  await tickAfter(400)
  expect(firewall.calls).toEqual(['mend'])
  expect(said.slice(1)).toEqual(['fake: rules are gone', 'repaired fake: rules are gone; it is in place again', 'works again'])
  expect(enforcer.lastRepair).toEqual({ at: new Date(nowMs).toISOString(), what: 'fake: rules are gone; it is in place again' })
  expect(enforcer.countVerified(active)).toBe(1)
})

test('elements that were lost come back in one step, with those that could not be placed meanwhile', async () => {
  await ban(seven)
  firewall.lost = 'sets'
  firewall.held.clear()
  await ban(eight)
  firewall.calls.length = 0
  await tickAfter(400)
  expect(firewall.calls).toEqual(['mend', 'open 2'])
  expect(firewall.held.size).toBe(2)
  expect(said.slice(1)).toEqual([
    'fake refused the ban of 192.0.2.8: the set is full',
    'banned 192.0.2.8 5',
    'repaired fake: sets are gone; it is in place again',
    'works again',
  ])
})

test('while rules or sets are missing no ban is verified', async () => {
  await ban(seven)
  firewall.lost = 'rules'
  firewall.mend = () => Promise.reject(new Error('nft hangs'))
  await tickAfter(400)
  expect(enforcer.countVerified(active)).toBe(0)
  expect(said.slice(1)).toEqual(['fake: rules are gone', 'fake cannot be repaired: nft hangs'])
  expect(enforcer.lastRepair).toBeNull()
})

test('every ten minutes the audit places what is missing, and says what it found', async () => {
  await ban(seven)
  await ban(eight)
  firewall.held.delete('address 192.0.2.7  ')
  firewall.held.add('foreign')
  await tickAfter(599_999)
  expect(firewall.calls).not.toContain('audit')
  await tickAfter(1)
  expect(firewall.calls.slice(-2)).toEqual(['audit', 'add 192.0.2.7'])
  const what = 'fake, audit: missing bans placed again: 1; foreign elements removed: 1 (foreign)'
  expect(said.slice(2)).toEqual([`repaired ${what}`])
  expect(enforcer.lastRepair?.what).toBe(what)
  expect([...firewall.held].sort()).toEqual(['address 192.0.2.7  ', 'address 192.0.2.8  '])
  expect(enforcer.countVerified(active)).toBe(2)
})

test('an audit follows a repair', async () => {
  firewall.lost = 'rules'
  await tickAfter(400)
  await tickAfter(4999)
  expect(firewall.calls).not.toContain('audit')
  await tickAfter(1)
  expect(firewall.calls).toContain('audit')
})

test('an audit that cannot be made is trouble, and nothing else stops', async () => {
  firewall.audit = () => Promise.reject(new Error('nft hangs'))
  await tickAfter(600_000)
  expect(said).toEqual(['fake cannot be audited: nft hangs'])
  await ban(seven)
  expect(said.slice(1)).toEqual(['banned 192.0.2.7 5'])
})

test('an unban that fails while a repair is under way is done by the next', async () => {
  await ban(seven)
  firewall.lost = 'sets'
  const open = firewall.open
  firewall.open = async (elements) => {
    firewall.open = open
    firewall.remove = () => Promise.reject(new Error('nft hangs'))
    active = []
    await expect(enforcer.lift([seven])).rejects.toThrow('nft hangs')
    return firewall.open(elements)
  }
  await tickAfter(400)
  expect(firewall.held.size).toBe(1)
  await tickAfter(1000)
  expect(firewall.held.size).toBe(0)
  expect(said.at(-1)).toBe('works again')
})

test('one look is under way at a time', async () => {
  firewall.mood = 'hangs'
  const first = enforcer.tick(() => active)
  expect(enforcer.tick(() => active)).toBe(first)
  firewall.mood = 'works'
  await first
  expect(enforcer.tick(() => active)).not.toBe(first)
})

test('how many packets were dropped is not known where the firewall cannot say', async () => {
  await ban(seven)
  expect(await enforcer.packets([seven, eight])).toEqual([7, null])
  firewall.mood = 'fails'
  expect(await enforcer.packets([seven, eight])).toEqual([null, null])
})

test('a ban that was lifted while the firewall failed is not placed later', async () => {
  firewall.mood = 'fails'
  await ban(seven)
  await ban(eight)
  active = [eight]
  await expect(enforcer.lift([seven])).rejects.toThrow('nft gave no answer')
  firewall.mood = 'works'
  await tickAfter(1000)
  expect([...firewall.held]).toEqual(['address 192.0.2.8  '])
  expect(said.at(-1)).toBe('works again')
  expect(said).not.toContain('banned 192.0.2.7 5')
})

test('an unban that failed is done by the repair', async () => {
  await ban(seven)
  firewall.mood = 'fails'
  active = []
  await expect(enforcer.lift([seven])).rejects.toThrow('nft gave no answer')
  expect(firewall.held.size).toBe(1)
  firewall.mood = 'works'
  await tickAfter(1000)
  expect(firewall.held.size).toBe(0)
  expect(said).toEqual(['banned 192.0.2.7 5', 'nft gave no answer', 'works again'])
})

test('a ban that is longer than a firewall may hold it is placed again every week', async () => {
  await ban(seven)
  firewall.calls.length = 0
  for (let day = 1; day <= 15; day++) await tickAfter(DAY)
  expect(firewall.calls.filter((call) => call !== 'audit')).toEqual(['add 192.0.2.7', 'add 192.0.2.7'])
  expect(said).toEqual(['banned 192.0.2.7 5'])
})

test('what the last run left is placed in one step and counts as confirmed', async () => {
  await enforcer.restore([seven, eight])
  expect(firewall.calls).toEqual(['open 2'])
  expect(enforcer.countVerified([seven, eight])).toBe(2)
  enforcer.forget([seven])
  expect(enforcer.countVerified([seven, eight])).toBe(1)
})
