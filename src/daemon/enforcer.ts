import type { StatusReport } from '../api/control.ts'
import type { Firewall } from '../enforce/index.ts'
import type { Ban } from '../types.ts'
import { banKey, standsOn } from './ban-key.ts'

/** After a failure everything is placed anew: at once, and while that fails ever later. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000
/** The kernel's sets are compared with what they should hold this often, and this soon after a repair. */
const AUDIT_EVERY_MS = 600_000
const AUDIT_AFTER_REPAIR_MS = 5000
/** A backend may cap a time-out (ipset: 24.8 days), so longer bans are placed again long before that. */
const RENEW_AFTER_MS = 7 * 864e5
const RENEW_LOOK_EVERY_MS = 36e5

export interface EnforcerOptions {
  readonly firewall: Firewall
  readonly now: () => number
  /** The kernel has this ban; `receivedAtMs` is when the line that decided it was read, null for one a person entered. */
  readonly onBanned: (ban: Ban, receivedAtMs: number | null) => void
  /** The first thing that failed, and then each new reason why the repair fails. Null: it works again. */
  readonly onTrouble: (message: string | null) => void
  /** Something was not as we left it and has been put right. */
  readonly onRepaired: (what: string) => void
}

interface Owed {
  readonly ban: Ban
  readonly receivedAtMs: number | null
}

/**
 * Brings decisions to the firewall, knows which of them the kernel has confirmed, tries again what it has not, and watches that what was
 * placed stays.
 */
export function createEnforcer({ firewall, now, onBanned, onTrouble, onRepaired }: EnforcerOptions) {
  /** When each was placed, epoch ms. */
  const verified = new Map<string, number>()
  /** Decided, and not in the kernel. */
  const owed = new Map<string, Owed>()
  let lastError: string | null = null
  let lastRepair: StatusReport['enforcement']['last_repair'] = null
  /** What was last found missing; null: rules and sets are in place as far as we know. */
  let lost: string | null = null
  /** Something may be in the kernel that should not be. */
  let unlifted = false
  let broken = false
  let retryDelayMs = FIRST_RETRY_MS
  let repairAtMs = 0
  let auditAtMs = now() + AUDIT_EVERY_MS
  let renewAtMs = now() + RENEW_LOOK_EVERY_MS
  let ticking: Promise<void> | null = null

  function trouble(message: string): void {
    lastError = message
    if (broken) return // one reason is enough; each ban that fails meanwhile is owed
    broken = true
    retryDelayMs = FIRST_RETRY_MS
    repairAtMs = now()
    onTrouble(message)
  }

  function repaired(what: string): void {
    lastRepair = { at: new Date(now()).toISOString(), what }
    onRepaired(what)
  }

  function confirm(ban: Ban): void {
    verified.set(targetOf(ban), now())
  }

  /** Why the kernel has not taken it; null: it has. */
  async function place(ban: Ban): Promise<string | null> {
    try {
      const [refused] = await firewall.add([ban])
      if (refused) return `${firewall.name} refused the ban of ${ban.ip}: ${refused.reason}`
    } catch (error) {
      return `${firewall.name} failed to ban ${ban.ip}: ${(error as Error).message}`
    }
    confirm(ban)
    return null
  }

  /** Places it again, told as trouble when the kernel does not take it. */
  async function placeAgain(ban: Ban): Promise<void> {
    const why = await place(ban)
    if (why !== null) trouble(why)
  }

  /** All bans in one step; those that the kernel does not take are owed. Why, for the first of them; null: it has all. */
  async function placeAll(bans: readonly Ban[]): Promise<string | null> {
    const refusals = await firewall.open(bans)
    const refused = new Set(refusals.map(({ element }) => targetOf(element)))
    for (const ban of bans) {
      const key = targetOf(ban)
      const due = owed.get(key)
      if (refused.has(key)) {
        verified.delete(key)
        owed.set(key, due ?? { ban, receivedAtMs: null })
        continue
      }
      confirm(ban)
      if (due && owed.delete(key)) onBanned(due.ban, due.receivedAtMs)
    }
    const [first] = refusals
    return first === undefined ? null : `${firewall.name} does not take the ban of ${first.element.ip}: ${first.reason}`
  }

  /** Rules first, for they are back in no time; then, unless nothing else was lost, all bans. */
  async function repair(active: () => readonly Ban[]): Promise<void> {
    let why: string | null = null
    try {
      const whole = await firewall.mend()
      const bans = active()
      const standing = new Set(bans.map(targetOf))
      for (const key of owed.keys()) if (!standing.has(key)) owed.delete(key) // lifted while it was on its way
      const untouched = whole && owed.size === 0 && !unlifted
      unlifted = false
      why = untouched ? null : await placeAll(bans)
    } catch (error) {
      unlifted = true
      why = `${firewall.name} cannot be repaired: ${(error as Error).message}`
    }
    repairAtMs = now() + retryDelayMs
    retryDelayMs = Math.min(2 * retryDelayMs, LAST_RETRY_MS)
    if (why !== null) {
      lastError = why
      onTrouble(why)
      return
    }
    auditAtMs = Math.min(auditAtMs, now() + AUDIT_AFTER_REPAIR_MS)
    if (lost !== null) repaired(`${firewall.name}: ${lost}; it is in place again`)
    lost = null
    broken = owed.size > 0 || unlifted // failed meanwhile
    if (!broken) onTrouble(null)
  }

  async function look(): Promise<void> {
    try {
      lost = await firewall.intact()
      if (lost !== null) trouble(`${firewall.name}: ${lost}`)
    } catch (error) {
      trouble((error as Error).message)
    }
  }

  async function audit(active: () => readonly Ban[]): Promise<void> {
    auditAtMs = now() + AUDIT_EVERY_MS
    try {
      const { missing, foreign } = await firewall.audit(active)
      const gone = missing.filter((ban) => verified.delete(targetOf(ban))) // others are on their way
      const found = [
        ...(gone.length > 0 ? [`missing bans placed again: ${gone.length}`] : []),
        ...(foreign.length > 0 ? [`foreign elements removed: ${foreign.length} (${foreign.slice(0, 3).join(', ')})`] : []),
      ]
      await Promise.all(gone.map(placeAgain))
      if (found.length > 0) repaired(`${firewall.name}, audit: ${found.join('; ')}`)
    } catch (error) {
      trouble(`${firewall.name} cannot be audited: ${(error as Error).message}`)
    }
  }

  async function renew(active: readonly Ban[]): Promise<void> {
    renewAtMs = now() + RENEW_LOOK_EVERY_MS
    for (const ban of active) {
      const placedAtMs = verified.get(targetOf(ban))
      if (placedAtMs !== undefined && now() - placedAtMs >= RENEW_AFTER_MS) await placeAgain(ban)
    }
  }

  async function work(active: () => readonly Ban[]): Promise<void> {
    if (!broken || now() >= repairAtMs) await look()
    if (broken && now() >= repairAtMs) await repair(active)
    if (broken) return
    if (now() >= auditAtMs) await audit(active)
    if (now() >= renewAtMs) await renew(active())
  }

  return {
    get backend() {
      return firewall.name
    },
    get lastError() {
      return lastError
    },
    get lastRepair() {
      return lastRepair
    },
    /**
     * Places what must be there from the start; what the kernel refuses of it is trouble.
     * @throws SipguardError ENFORCE_UNAVAILABLE, ENFORCE_LOCKED, ENFORCE_FAILED
     */
    async restore(bans: readonly Ban[]): Promise<void> {
      const why = await placeAll(bans)
      if (why !== null) trouble(why)
    },
    /** Resolves to whether the kernel has it; otherwise it is owed, and tried again by `tick`. */
    async ban(ban: Ban, receivedAtMs: number | null): Promise<boolean> {
      const why = await place(ban)
      if (why !== null) {
        owed.set(targetOf(ban), { ban, receivedAtMs })
        trouble(why)
        return false
      }
      owed.delete(targetOf(ban))
      onBanned(ban, receivedAtMs)
      return true
    },
    /** @throws SipguardError ENFORCE_FAILED when one may still be in the kernel; `tick` tries again */
    async lift(bans: readonly Ban[]): Promise<void> {
      this.forget(bans)
      try {
        await firewall.remove(bans)
      } catch (error) {
        unlifted = true
        trouble((error as Error).message)
        throw error
      }
    },
    /** Bans whose time is over: the kernel drops them by their own time-outs. */
    forget(bans: readonly Ban[]): void {
      for (const ban of bans) {
        verified.delete(targetOf(ban))
        owed.delete(targetOf(ban))
      }
    },
    /** Bans in force that the kernel has confirmed; none while rules or sets are missing. */
    countVerified(active: readonly Ban[]): number {
      let count = 0
      if (lost === null) for (const ban of active) if (verified.has(targetOf(ban))) count++
      return count
    },
    /** Whether the kernel holds a ban now; null: nothing is enforced, or it cannot be told. */
    verify: async (ban: Ban): Promise<boolean | null> => (firewall.name === 'none' ? null : firewall.has(ban).catch(() => null)),
    /** How many packets each has dropped since it was last placed, in their order; null: not known. May take seconds. */
    packets: (bans: readonly Ban[]): Promise<readonly (number | null)[]> => firewall.packets(bans).catch(() => bans.map(() => null)),
    /**
     * Looks whether everything is in place and repairs it, and audits and renews when that is due. To be called several times a second;
     * `active` gives the bans in force. Resolves when it has done what was due.
     */
    tick(active: () => readonly Ban[]): Promise<void> {
      ticking ??= work(active).finally(() => {
        ticking = null
      })
      return ticking
    },
    close: () => firewall.close(),
  }
}
export type Enforcer = ReturnType<typeof createEnforcer>

/** Its banKey, or a text that there is already: all bans are looked through whenever somebody asks how many stand. */
const targetOf = (ban: Pick<Ban, 'scope' | 'ip' | 'prefix' | 'port' | 'transport'>): string =>
  ban.scope === 'endpoint' ? banKey(ban) : standsOn(ban)
