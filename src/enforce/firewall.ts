import type { Ban } from '../types.ts'

/** A ban's place in the kernel: what it covers and until when. */
export type Element = Pick<Ban, 'ip' | 'scope' | 'prefix' | 'port' | 'transport' | 'untilMs'>

/** An element that is not in the kernel, and why. */
export interface Refusal {
  readonly element: Element
  readonly reason: string
}

export interface FirewallOptions {
  /** Ports that are never dropped. */
  readonly never: readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[]
  readonly now: () => number
  /** Something a person should know: a repair, a retry, a refusal by the kernel. One line of text. */
  readonly onNotice: (message: string) => void
}

/**
 * One firewall backend. Elements are idempotent: adding one that is there renews its time-out, removing one that is not there is done.
 * An element whose time is past is skipped: there is nothing left to enforce.
 * What the pipeline may rely on: `add` and `remove` resolve only when the kernel has confirmed; they keep their order; one refused
 * element never loses the others; nothing foreign is ever listed, flushed or changed; addresses are checked again before each command.
 * Every method but `close` throws SipguardError ADDRESS_INVALID, before anything is sent, for an address that is not in canonical form.
 */
export interface Firewall {
  readonly name: string
  /**
   * Places table, sets and rules with exactly these elements in one step without a hole. May be called again at any time: that is the
   * repair after somebody flushed the ruleset. An element that the kernel refuses is left out and noticed.
   * @throws SipguardError ENFORCE_UNAVAILABLE, ENFORCE_LOCKED; ENFORCE_FAILED when the firewall's program hangs
   */
  open(elements: readonly Element[]): Promise<void>
  /** Resolves to the elements that are not in the kernel, with its reason; empty when all are in place. */
  add(elements: readonly Element[]): Promise<readonly Refusal[]>
  /** @throws SipguardError ENFORCE_FAILED when one may still be in the kernel */
  remove(elements: readonly Element[]): Promise<void>
  /** Whether the kernel holds this element now. Changes nothing. @throws SipguardError ENFORCE_FAILED when it cannot be told */
  has(element: Element): Promise<boolean>
  /** Ends our processes. Bans stay in the kernel; they carry their own time-outs. Nothing may be asked afterwards but open. */
  close(): Promise<void>
}
