import type { Firewall } from '../enforce/index.ts'
import type { Ban } from '../types.ts'
import { banKey } from './ban-key.ts'

/** After a failure everything is placed anew: at first this soon, then ever later. */
const FIRST_REPAIR_MS = 1000
const LAST_REPAIR_MS = 60_000
/** A backend may cap a time-out (ipset: 24.8 days), so longer bans are placed again long before that. */
const RENEW_AFTER_MS = 7 * 864e5
const RENEW_LOOK_EVERY_MS = 36e5

export interface EnforcerOptions {
  readonly firewall: Firewall
  readonly now: () => number
  /** The kernel has this ban; `receivedAtMs` is when the line that decided it was read, null for one a person entered. */
  readonly onBanned: (ban: Ban, receivedAtMs: number | null) => void
  /** Null: it works again. */
  readonly onTrouble: (message: string | null) => void
}

interface Owed {
  readonly ban: Ban
  readonly receivedAtMs: number | null
}

/** Brings decisions to the firewall, knows which of them the kernel has confirmed, and tries again what it has not. */
export function createEnforcer({ firewall, now, onBanned, onTrouble }: EnforcerOptions) {
  /** When each was placed, epoch ms. */
  const verified = new Map<string, number>()
  /** Decided, and not in the kernel. */
  const owed = new Map<string, Owed>()
  let lastError: string | null = null
  /** Something may be in the kernel that should not be, or the reverse. */
  let broken = false
  let repairDelayMs = FIRST_REPAIR_MS
  let repairAtMs = 0
  let repairing = false
  let renewAtMs = now() + RENEW_LOOK_EVERY_MS

  function trouble(message: string): void {
    lastError = message
    if (!broken) {
      repairDelayMs = FIRST_REPAIR_MS
      repairAtMs = now() + repairDelayMs
    }
    broken = true
    onTrouble(message)
  }

  function confirm(ban: Ban): void {
    verified.set(banKey(ban), now())
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

  /** Table, rules and all bans anew, in one step; then the kernel is asked for those that it had not confirmed. */
  async function repair(active: readonly Ban[]): Promise<void> {
    const standing = new Set(active.map(banKey))
    // Lifted while it was on its way.
    for (const key of owed.keys()) if (!standing.has(key)) owed.delete(key)
    const due = [...owed]
    let missing: string | null = null
    try {
      await firewall.open(active)
      for (const [key, { ban, receivedAtMs }] of due) {
        if (!(await firewall.has(ban))) missing = `${firewall.name} does not take the ban of ${ban.ip}`
        else if (owed.delete(key)) {
          confirm(ban)
          onBanned(ban, receivedAtMs)
        }
      }
    } catch (error) {
      missing = `${firewall.name} cannot be repaired: ${(error as Error).message}`
    }
    repairDelayMs = Math.min(2 * repairDelayMs, LAST_REPAIR_MS)
    repairAtMs = now() + repairDelayMs
    if (missing !== null) return trouble(missing)
    broken = owed.size > 0
    if (!broken) onTrouble(null)
  }

  async function renew(active: readonly Ban[]): Promise<void> {
    for (const ban of active) {
      const placedAtMs = verified.get(banKey(ban))
      if (placedAtMs === undefined || now() - placedAtMs < RENEW_AFTER_MS) continue
      const why = await place(ban)
      if (why !== null) trouble(why)
    }
  }

  return {
    get backend() {
      return firewall.name
    },
    get lastError() {
      return lastError
    },
    /** Places what must be there from the start. @throws SipguardError ENFORCE_UNAVAILABLE, ENFORCE_LOCKED, ENFORCE_FAILED */
    async restore(bans: readonly Ban[]): Promise<void> {
      await firewall.open(bans)
      for (const ban of bans) confirm(ban)
    },
    /** Resolves to whether the kernel has it; told as trouble otherwise, and tried again by `tick`. */
    async ban(ban: Ban, receivedAtMs: number | null): Promise<boolean> {
      const why = await place(ban)
      if (why !== null) {
        owed.set(banKey(ban), { ban, receivedAtMs })
        trouble(why)
        return false
      }
      owed.delete(banKey(ban))
      onBanned(ban, receivedAtMs)
      return true
    },
    /** @throws SipguardError ENFORCE_FAILED when one may still be in the kernel; `tick` tries again */
    async lift(bans: readonly Ban[]): Promise<void> {
      this.forget(bans)
      try {
        await firewall.remove(bans)
      } catch (error) {
        trouble((error as Error).message)
        throw error
      }
    },
    /** Bans whose time is over: the kernel drops them by their own time-outs. */
    forget(bans: readonly Ban[]): void {
      for (const ban of bans) {
        verified.delete(banKey(ban))
        owed.delete(banKey(ban))
      }
    },
    /** Bans in force that the kernel has confirmed. */
    countVerified: (active: readonly Ban[]) => active.filter((ban) => verified.has(banKey(ban))).length,
    /** To be called every second or so; `active` gives the bans in force. Resolves when it has done what was due. */
    async tick(active: () => readonly Ban[]): Promise<void> {
      if (repairing) return
      repairing = true
      if (broken && now() >= repairAtMs) await repair(active())
      if (now() >= renewAtMs) {
        renewAtMs = now() + RENEW_LOOK_EVERY_MS
        await renew(active())
      }
      repairing = false
    },
    close: () => firewall.close(),
  }
}
export type Enforcer = ReturnType<typeof createEnforcer>
