import type { AllowEntry, TrustLevel } from '../types.ts'
import { CidrSet } from './cidr-set.ts'
import type { TrustBook } from './decider.ts'

const LOOPBACK = ['127.0.0.0/8', '::1']

/** A list with a fault is refused whole (SipguardError ADDRESS_INVALID), and the last good one stays. */
export function createTrustBook(): TrustBook {
  let self = setOf(LOOPBACK)
  let ignored = setOf([])
  let allowed = setOf([])

  return {
    setSelf(cidrs) {
      self = setOf([...LOOPBACK, ...cidrs])
    },
    setIgnored(cidrs) {
      ignored = setOf(cidrs)
    },
    setAllowed(entries: readonly AllowEntry[]) {
      const set = new CidrSet()
      for (const { cidr, untilMs } of entries) set.add(cidr, untilMs ?? Number.POSITIVE_INFINITY)
      allowed = set
    },
    levelOf(ip, nowMs): TrustLevel {
      if (self.contains(ip, nowMs)) return 'self'
      if (ignored.contains(ip, nowMs) || allowed.contains(ip, nowMs)) return 'allowed'
      return 'unknown'
    },
    holdsTrusted(cidr, nowMs) {
      return [self, ignored, allowed].some((set) => set.touches(cidr, nowMs))
    },
  }
}

function setOf(cidrs: readonly string[]): CidrSet {
  const set = new CidrSet()
  for (const cidr of cidrs) set.add(cidr, Number.POSITIVE_INFINITY)
  return set
}
