import type { Decided } from '../fleet/index.ts'
import type { AllowList } from './allow-list.ts'
import type { Guard } from './guard.ts'

export interface ReceiverOptions {
  readonly guard: Pick<Guard, 'take' | 'release' | 'liftTrusted' | 'flush'>
  readonly allowList: Pick<AllowList, 'take' | 'leave'>
  /** The `peers:` of some node changed. */
  readonly onPeers: () => void
}

/** Takes what other nodes decided: all of it is in force before it first waits, and committed when it resolves. */
export function createReceiver({ guard, allowList, onPeers }: ReceiverOptions) {
  return async function receive(decided: readonly Decided[]): Promise<void> {
    const pending: Promise<unknown>[] = []
    for (const one of decided) {
      if (one.kind === 'ban') guard.take(one.ban)
      else if (one.kind === 'unban') pending.push(guard.release(one.target, one.atMs))
      else if (one.kind === 'allow') pending.push(allowList.take(one.entry))
      else if (one.kind === 'disallow') pending.push(allowList.leave(one.cidr))
      else onPeers()
    }
    if (decided.some(({ kind }) => kind === 'allow')) pending.push(guard.liftTrusted())
    await Promise.all(pending)
    await guard.flush()
  }
}
