import { expect, onTestFinished, test, vi } from 'vitest'
import type { BanEvidence } from '../../src/kept.ts'
import { openMemory } from '../../src/state/index.ts'
import type { Effects, State } from '../../src/state/state.ts'
import { aBan } from '../api/fake-control.ts'
import { startGuard } from './guarding.ts'
import { failures, provedFailures, success } from './lines.ts'
import { noChanges } from './no-changes.ts'

const MINUTE = 6e4

/** A state in memory, and what was committed to it. */
function watched(): { state: State; commits: Effects[] } {
  const memory = openMemory()
  const commits: Effects[] = []
  const state = {
    ...memory,
    async commit(effects: Effects) {
      commits.push(structuredClone(effects))
      await memory.commit(effects)
    },
  }
  return { state, commits }
}

const evidenceIn = (effects: Effects) => (effects.evidence ?? []).map(({ data }) => JSON.parse(data) as BanEvidence)

test('a ban and its evidence are in one commit, so that none survives without the other', async () => {
  const { state, commits } = watched()
  const { guard, feed } = await startGuard(state)
  feed(failures(10, '192.0.2.7') + failures(10, '2001:db8::7'))
  await guard.flush()
  const [commit] = commits.filter(({ bans }) => bans.length > 0)
  expect(commit!.bans.map(({ ip }) => ip)).toEqual(['192.0.2.7', '2001:db8::7'])
  expect(evidenceIn(commit!).map(({ ban }) => ban)).toEqual(commit!.bans)
  expect(evidenceIn(commit!)[0]!.lines).toHaveLength(10)
})

test('a line is kept byte for byte, with what was recognised in it', async () => {
  const { state, commits } = watched()
  const { guard, feed } = await startGuard(state)
  feed(failures(10, '192.0.2.7', { user: 'h\u00e9' }))
  await guard.flush()
  const [line] = evidenceIn(commits.find(({ bans }) => bans.length > 0)!)[0]!.lines
  expect(Buffer.from(line!.text!, 'latin1').toString()).toContain(' h\u00e9@example.com from 192.0.2.7:5060')
  expect(line).toMatchObject({ source: 'test.log', pin: null, rule: 'opensips/failed-registration', user: 'h\u00e9' })
})

test('a phone’s neighbour: who is known there is kept with the ban of his endpoint', async () => {
  const { guard, control, feed } = await startGuard()
  feed(success('192.0.2.7', { atMs: Date.now() - 10 * MINUTE }))
  feed(failures(10, '192.0.2.7', { user: '2000' }).replaceAll(':5060,', ':7777,'))
  await guard.flush()
  expect((await control.why('192.0.2.7')).bans).toMatchObject([{ scope: 'endpoint', port: 7777, window: { key: '192.0.2.7:7777/any' } }])
  const state = (await control.bundle('192.0.2.7')).find(({ name }) => name === 'state.json')!
  expect(JSON.parse(state.text)).toMatchObject({ phones: [{ ip: '192.0.2.7', user: '1001@example.com' }], offence: null })
})

test('a second ban’s bundle says how often the address was banned before', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 15), toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { guard, control, feed } = await startGuard()
  feed(provedFailures(10, '192.0.2.7', Date.now()))
  vi.setSystemTime(Date.now() + 61 * MINUTE)
  guard.tick()
  feed(provedFailures(10, '192.0.2.7', Date.now()))
  expect((await control.why('192.0.2.7')).bans).toMatchObject([{ nth: 2 }, { nth: 1 }])
  const state = (await control.bundle('192.0.2.7')).find(({ name }) => name === 'state.json')!
  expect(JSON.parse(state.text)).toMatchObject({ offence: { ip: '192.0.2.7', nth: 1 }, ban: { nth: 2 } })
})

test('a ban that another node decided is told without lines, with its node', async () => {
  const { guard, control } = await startGuard()
  const nowMs = Date.now()
  guard.take(aBan({ node: 'n2', fromMs: nowMs, untilMs: nowMs + 36e5 }))
  expect((await control.why('192.0.2.7')).bans).toMatchObject([{ node: 'n2', window: null, lines: [], config_version: expect.any(String) }])
})

test('a ban that was there before evidence was kept is told all the same', async () => {
  const state = openMemory()
  const nowMs = Date.now()
  const ban = aBan({ fromMs: nowMs, untilMs: null })
  await state.commit({ ...noChanges(), bans: [ban] })
  const { control } = await startGuard(state)
  expect((await control.why('192.0.2.7')).bans).toMatchObject([{ until: null, window: null, lines: [], config_version: null }])
})
