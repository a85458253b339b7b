import { setTimeout as sleep } from 'node:timers/promises'
import { SipguardError } from '../errors.ts'
import { openState } from '../state/index.ts'
import type { State } from '../state/state.ts'

/** A daemon that was just killed may take a moment to be gone. */
const LOCK_TRIES = 10
const LOCK_RETRY_MS = 100

/** The state of a directory, as soon as nobody else holds it. @throws SipguardError STATE_LOCKED, STATE_UNUSABLE */
export async function openLocked(dir: string, onNotice: (message: string) => void): Promise<State> {
  for (let tries = 1; ; tries++) {
    try {
      return await openState(dir, { onNotice })
    } catch (error) {
      if (!(error instanceof SipguardError) || error.code !== 'STATE_LOCKED' || tries === LOCK_TRIES) throw error
      await sleep(LOCK_RETRY_MS)
    }
  }
}
