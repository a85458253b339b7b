import { createStore, useStore } from './store.ts'
import type { SessionJson } from './wire.ts'

/** Who is logged in. The secret itself is in a cookie that no script can read. */
export type Session = 'unknown' | 'none' | SessionJson

export const session = createStore<Session>('unknown')

/** Whether this person may change anything. */
export function useMayChange(): boolean {
  const now = useStore(session)
  return typeof now === 'object' && now.role === 'admin'
}
