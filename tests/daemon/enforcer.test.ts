import { beforeEach, expect, test } from 'vitest'
import { createEnforcer, type Enforcer } from '../../src/daemon/enforcer.ts'
import type { Ban } from '../../src/types.ts'
import { aBan } from '../api/fake-control.ts'
import { createFakeFirewall, type FakeFirewall } from './fake-firewall.ts'

const DAY = 864e5
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
  await tickAfter(999)
  expect(said).toEqual([message])
  await tickAfter(1)
  expect(said).toEqual([message, 'banned 192.0.2.7 5', 'works again'])
  expect(firewall.held.size).toBe(1)
  expect(enforcer.countVerified(active)).toBe(1)
  await tickAfter(DAY)
  expect(said).toHaveLength(3)
})

test('it is tried again ever more rarely, at least once a minute', async () => {
  firewall.mood = 'fails'
  await ban(seven)
  const tries: number[] = []
  for (let second = 1; second <= 300; second++) {
    const before = firewall.calls.length
    await tickAfter(1000)
    if (firewall.calls.length > before) tries.push(second)
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243])
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
  expect(firewall.calls).toEqual(['add 192.0.2.7', 'add 192.0.2.7'])
  expect(said).toEqual(['banned 192.0.2.7 5'])
})

test('what the last run left is placed in one step and counts as confirmed', async () => {
  await enforcer.restore([seven, eight])
  expect(firewall.calls).toEqual(['open 2'])
  expect(enforcer.countVerified([seven, eight])).toBe(2)
  enforcer.forget([seven])
  expect(enforcer.countVerified([seven, eight])).toBe(1)
})
