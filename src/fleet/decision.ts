import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import type { AllowEntry } from '../kept.ts'
import { type Ban, type BanScope, type Evidence, TRANSPORTS, TRUST_LEVELS } from '../types.ts'

/** What one node decides for all. */
export type FleetDecision =
  | { readonly kind: 'ban'; readonly ban: Ban }
  /** Lifts every ban, of any scope, that stands on this address or prefix. Of an IPv6 address its /64 is lifted by a decision of its own. */
  | { readonly kind: 'unban'; readonly target: string }
  | { readonly kind: 'allow'; readonly entry: AllowEntry }
  | { readonly kind: 'disallow'; readonly cidr: string }
  /** The `peers:` that a node publishes for all, addresses and CIDRs; an empty list, which any node may say, withdraws them. */
  | { readonly kind: 'peers'; readonly of: string; readonly cidrs: readonly string[] }

/** A decision as it reaches the other nodes: when and where it was made. */
export type Decided = FleetDecision & {
  /** Epoch ms. */
  readonly atMs: number
  readonly node: string
}

const SCOPES: readonly BanScope[] = ['address', 'prefix', 'endpoint']
const EVIDENCE: readonly Evidence[] = ['unproved', 'proved', 'request']
const LONGEST_TEXT = 1000

/** A decision out of parsed JSON; null for what no node of ours has written. What else its objects hold is left out. */
export function readDecision(found: unknown): FleetDecision | null {
  if (!isObject(found)) return null
  const { kind } = found
  if (kind === 'ban') {
    const ban = readBan(found.ban)
    return ban && { kind, ban }
  }
  if (kind === 'unban') return isNetwork(found.target) ? { kind, target: found.target } : null
  if (kind === 'allow') {
    const entry = readAllowEntry(found.entry)
    return entry && { kind, entry }
  }
  if (kind === 'disallow') return isNetwork(found.cidr) ? { kind, cidr: found.cidr } : null
  if (kind === 'peers') {
    const { of, cidrs } = found
    return isText(of) && isNetworks(cidrs) ? { kind, of, cidrs } : null
  }
  return null
}

/** Whether this is a list of canonical addresses and CIDRs. */
export function isNetworks(found: unknown): found is string[] {
  return Array.isArray(found) && found.every(isNetwork)
}

function readBan(found: unknown): Ban | null {
  if (!isObject(found)) return null
  const { ip, scope, prefix, port, transport, jail, fromMs, untilMs, nth, count, level, evidence, node } = found
  const sound =
    isAddress(ip) &&
    isOneOf(SCOPES, scope) &&
    (scope === 'prefix' ? isNetwork(prefix) : prefix === null) &&
    (scope === 'endpoint' ? isWhole(port) && port > 0 && port < 65536 : port === null) &&
    (transport === null || (scope === 'endpoint' && isOneOf(TRANSPORTS, transport))) &&
    isText(jail) &&
    isTime(fromMs) &&
    (untilMs === null || isTime(untilMs)) &&
    isWhole(nth) &&
    isWhole(count) &&
    isOneOf(TRUST_LEVELS, level) &&
    isOneOf(EVIDENCE, evidence) &&
    isText(node)
  return sound ? ({ ip, scope, prefix, port, transport, jail, fromMs, untilMs, nth, count, level, evidence, node } as Ban) : null
}

function readAllowEntry(found: unknown): AllowEntry | null {
  if (!isObject(found)) return null
  const { cidr, untilMs, addedMs, comment } = found
  const sound = isNetwork(cidr) && (untilMs === null || isTime(untilMs)) && isTime(addedMs) && (comment === null || isText(comment))
  return sound ? ({ cidr, untilMs, addedMs, comment } as AllowEntry) : null
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isOneOf = (list: readonly unknown[], value: unknown): boolean => list.includes(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_TEXT
const isTime = (value: unknown): value is number => Number.isFinite(value)
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isAddress = (value: unknown): value is string => typeof value === 'string' && canonicalAddress(value) === value

/** A canonical address or CIDR. */
function isNetwork(value: unknown): value is string {
  if (typeof value !== 'string') return false
  const cidr = parseCidr(value)
  return cidr !== null && formatCidr(cidr) === value
}
