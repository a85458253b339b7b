import type { Jail } from './config/types.ts'

/** What of a jail decides what its windows hold. */
export type CountedJail = Pick<Jail, 'name' | 'by' | 'distinct' | 'maxretry' | 'findtimeMs'> & {
  readonly then: Pick<NonNullable<Jail['then']>, 'by' | 'maxretry' | 'findtimeMs'> | null
}

/** One event that enters the windows of one jail. */
export interface Counting {
  readonly jail: CountedJail
  /** Changes when the jail counts otherwise: windows of different rules never mix. */
  readonly signature: string
  /** Whose event it is: an IPv4 address, an IPv6 address or its /64. */
  readonly network: string
  /** Of its first window. */
  readonly key: string
  /** What a `distinct:` jail counts; null: it does not enter the first window of such a jail, and is nothing to others. */
  readonly value: string | null
  /** Whether the first window may become full by this event. */
  readonly mayFire: boolean
  /** Of a jail with `then:`; null: the event has no key there. `alone`: it fills the window by itself, where that is armed. */
  readonly second: { readonly key: string; readonly mayFire: boolean; readonly alone: boolean } | null
  /** Epoch ms. */
  readonly atMs: number
  readonly id: string
  readonly proved: boolean
}
