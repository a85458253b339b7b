import type { TrustBook } from '../decide/index.ts'
import type { AllowEntry } from '../kept.ts'
import type { State } from '../state/state.ts'

export interface AllowListOptions {
  readonly state: Pick<State, 'allow' | 'disallow'>
  readonly trust: Pick<TrustBook, 'setAllowed'>
  /** As last stored. */
  readonly entries: readonly AllowEntry[]
}

/** The allow list, in force and on disk. */
export function createAllowList({ state, trust, entries }: AllowListOptions) {
  let list = entries
  function hold(fresh: readonly AllowEntry[]): void {
    list = fresh
    trust.setAllowed(list)
  }
  const without = (cidr: string) => list.filter((known) => known.cidr !== cidr)
  hold(entries)

  return {
    at: (nowMs: number): AllowEntry[] => list.filter(({ untilMs }) => untilMs === null || untilMs > nowMs),
    /** What a person enters holds when it is written. */
    async put(entry: AllowEntry): Promise<void> {
      await state.allow(entry)
      hold([...without(entry.cidr), entry])
    },
    /** Whether it was there. */
    async drop(cidr: string): Promise<boolean> {
      const was = await state.disallow(cidr)
      hold(without(cidr))
      return was
    },
    /** What another node decided holds at once; resolves when it is written. */
    take(entry: AllowEntry): Promise<void> {
      hold([...without(entry.cidr), entry])
      return state.allow(entry)
    },
    leave(cidr: string): Promise<boolean> {
      hold(without(cidr))
      return state.disallow(cidr)
    },
  }
}
export type AllowList = ReturnType<typeof createAllowList>
