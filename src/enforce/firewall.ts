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

/** How the kernel's sets differ from what they should hold. */
export interface Audit<E> {
  /** Elements that should be there and are not. */
  readonly missing: readonly E[]
  /** Entries that were there and should not be, as people call them; they are removed. */
  readonly foreign: readonly string[]
}

/**
 * One firewall backend. Elements are idempotent: adding one that is there renews its time-out, removing one that is not there is done.
 * An element whose time is past is skipped: there is nothing left to enforce. An endpoint without a transport is that source port over
 * UDP and over TCP: one element, two entries in the kernel. Elements that overlap there (an endpoint with and one without a transport,
 * `tls` and `tcp`) share an entry, which has the newest time-out and goes with the first of them that is removed; the audit finds that.
 * What the pipeline may rely on: `add` and `remove` resolve only when the kernel has confirmed; they keep their order; one refused
 * element never loses the others; nothing foreign is ever flushed or changed; addresses are checked again before each command; what waits
 * is bounded, and beyond that refused.
 * Every method but `close` throws SipguardError ADDRESS_INVALID, before anything is sent, for an address that is not in canonical form.
 */
export interface Firewall {
  readonly name: string
  /**
   * Places table, sets and rules with exactly these elements in one step without a hole. May be called again at any time: that is the
   * repair after somebody flushed the ruleset. Resolves to the elements that the kernel refused; all others are in place.
   * @throws SipguardError ENFORCE_UNAVAILABLE, ENFORCE_LOCKED; ENFORCE_FAILED when the firewall's program hangs
   */
  open(elements: readonly Element[]): Promise<readonly Refusal[]>
  /** Resolves to the elements that are not in the kernel, with its reason; empty when all are in place. */
  add(elements: readonly Element[]): Promise<readonly Refusal[]>
  /** @throws SipguardError ENFORCE_FAILED when one may still be in the kernel */
  remove(elements: readonly Element[]): Promise<void>
  /** Whether the kernel holds this element now. Changes nothing. @throws SipguardError ENFORCE_FAILED when it cannot be told */
  has(element: Element): Promise<boolean>
  /**
   * Null when rules and sets are in place and nobody emptied a set, else what is missing. Takes the same time for 1 and 100,000 elements,
   * so it may be asked several times a second. Single elements that were taken out are the audit's to find.
   * @throws SipguardError ENFORCE_FAILED when it cannot be told
   */
  intact(): Promise<string | null>
  /**
   * Puts rules and sets back where they are missing, in some ms; elements that are there stay. Whether everything is in place then: if
   * not, elements are lost, and open() brings them back. @throws SipguardError ENFORCE_UNAVAILABLE, ENFORCE_FAILED
   */
  mend(): Promise<boolean>
  /**
   * Compares the kernel's sets, entry by entry, with what `expected` gives at the time, and removes what is foreign. Elements that end
   * within seconds are not missed. Reads all elements in a child: seconds at 100,000. @throws SipguardError ENFORCE_FAILED
   */
  audit<E extends Element>(expected: () => readonly E[]): Promise<Audit<E>>
  /**
   * How many packets each of these has dropped since it was last placed (by add, or by open), in their order; null for one that is not
   * there, and where it is not counted. Reads all elements in a child, as audit does. @throws SipguardError ENFORCE_FAILED
   */
  packets(elements: readonly Element[]): Promise<readonly (number | null)[]>
  /** Ends our processes. Bans stay in the kernel; they carry their own time-outs. Nothing may be asked afterwards but open. */
  close(): Promise<void>
}
