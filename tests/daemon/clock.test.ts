import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startGuard } from './guarding.ts'
import { failures } from './lines.ts'

const HOUR_MS = 36e5
const START_MS = Date.UTC(2026, 0, 15, 10)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS })
})
afterEach(() => {
  vi.useRealTimers()
})

const bannedIn = (control: { bans(): { ip: string }[] }) => control.bans().map(({ ip }) => ip)

test('a clock that jumps back ends no ban, and what is written then bans for as long as it should', async () => {
  const { control, guard, feed, told } = await startGuard()
  feed(failures(10, '192.0.2.7'))
  vi.setSystemTime(START_MS - HOUR_MS)
  await guard.tick()
  feed(failures(10, '192.0.2.8', { user: '1002' }))
  expect(bannedIn(control).sort()).toEqual(['192.0.2.7', '192.0.2.8'])
  expect(control.bans().find(({ ip }) => ip === '192.0.2.8')).toMatchObject({ fromMs: START_MS - HOUR_MS, untilMs: START_MS })
  expect(told('unban')).toEqual([])
})

test('lines dated by the clock of before count when they are received, so that no ban lasts longer than its jail says', async () => {
  const { control, feed } = await startGuard()
  vi.setSystemTime(START_MS - HOUR_MS)
  feed(failures(10, '192.0.2.7', { atMs: START_MS }))
  expect(control.bans()).toMatchObject([{ ip: '192.0.2.7', fromMs: START_MS - HOUR_MS, untilMs: START_MS }])
})

test('a clock that jumps forwards ends what is over, and detection goes on by the new time', async () => {
  const { control, guard, feed, told } = await startGuard()
  feed(failures(10, '192.0.2.7'))
  feed(failures(9, '192.0.2.8', { user: '1002' }))
  vi.setSystemTime(START_MS + 3 * HOUR_MS)
  await guard.tick()
  expect(told('unban')).toMatchObject([{ ban: { ip: '192.0.2.7' } }])
  // The nine of before are outside the findtime now.
  feed(failures(9, '192.0.2.8', { user: '1002' }))
  expect(control.bans()).toEqual([])
  feed(failures(1, '192.0.2.8', { user: '1002' }))
  expect(bannedIn(control)).toEqual(['192.0.2.8'])
})
