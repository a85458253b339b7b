import { afterEach, beforeEach, vi } from 'vitest'
import { AT } from '../api/fake-control.ts'
import { type FakeDaemon, startFakeDaemon } from '../api/fake-daemon.ts'

/** A daemon for each test of a file, ten minutes after `AT` in UTC; what is returned gives that of the test that runs. */
export function fakeDaemon(): () => FakeDaemon {
  let daemon: FakeDaemon
  beforeEach(async () => {
    vi.stubEnv('TZ', 'UTC')
    vi.useFakeTimers({ now: AT + 6e5, toFake: ['Date'] })
    daemon = await startFakeDaemon()
  })
  afterEach(async () => {
    await daemon.stop()
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })
  return () => daemon
}
