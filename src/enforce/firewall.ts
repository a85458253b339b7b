import type { Ban } from '../types.ts'

/** A ban's place in the kernel: what it covers and until when. */
export type Element = Pick<Ban, 'ip' | 'scope' | 'prefix' | 'port' | 'transport' | 'untilMs'>

export interface FirewallOptions {
  /** Ports that are never dropped. */
  readonly never: readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[]
  readonly now: () => number
  /** Something a person should know: a repair, a retry, a refusal by the kernel. One line of text. */
  readonly onNotice: (message: string) => void
}

/**
 * One firewall backend. Elements are idempotent: adding one that is there renews its time-out, removing one that is not there is done.
 * What the pipeline may rely on: `add` and `remove` resolve only when the kernel has confirmed; they keep their order; one refused
 * element never loses the others; nothing foreign is ever listed, flushed or changed; addresses are checked again before each command.
 */
export interface Firewall {
  readonly name: string
  /** Places table, sets and rules with these elements in one step without a hole. @throws SipguardError ENFORCE_UNAVAILABLE, ENFORCE_LOCKED */
  open(elements: readonly Element[]): Promise<void>
  /** Resolves to the elements that the kernel refused, with its reason; empty when all are in place. */
  add(elements: readonly Element[]): Promise<readonly { element: Element; reason: string }[]>
  remove(elements: readonly Element[]): Promise<void>
  /** Whether the kernel holds this element now. */
  has(element: Element): Promise<boolean>
  /** Ends our processes. Bans stay in the kernel; they carry their own time-outs. */
  close(): Promise<void>
}
