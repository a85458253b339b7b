import { isIPv4 } from 'node:net'
import { type Cidr, formatCidr, ipv4Number, parseCidr } from '../address.ts'
import { SipguardError } from '../errors.ts'
import type { IPv4Network } from './ipv4-ranges.ts'

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * Networks, each until a time. A look-up costs one step per prefix length in use, not per network.
 */
export class CidrSet {
  /** Canonical CIDR to the end of its validity, epoch ms; Infinity: for ever. */
  readonly #networks = new Map<string, { readonly cidr: Cidr; readonly untilMs: number }>()
  readonly #lengths = { ipv4: new Set<number>(), ipv6: new Set<number>() }
  /** The IPv4 ones once more, by their length and then by their leading bits: nearly all that is asked is an IPv4 address. */
  readonly #ipv4 = new Map<number, Map<number, number>>()

  /** Of the same network given twice the longer validity holds. @throws SipguardError ADDRESS_INVALID */
  add(text: string, untilMs: number): void {
    const cidr = readCidr(text)
    const key = formatCidr(cidr)
    const longestMs = Math.max(untilMs, this.#networks.get(key)?.untilMs ?? untilMs)
    this.#networks.set(key, { cidr, untilMs: longestMs })
    this.#lengths[cidr.family].add(cidr.bits)
    if (cidr.family === 'ipv6') return
    const sameLength = this.#ipv4.get(cidr.bits) ?? new Map<number, number>()
    sameLength.set(leadingBits(ipv4Number(cidr.network), cidr.bits), longestMs)
    this.#ipv4.set(cidr.bits, sameLength)
  }

  /** The IPv4 networks, also those whose time is over. */
  *ipv4(): Generator<IPv4Network> {
    for (const [bits, networks] of this.#ipv4) for (const leading of networks.keys()) yield [leading * 2 ** (32 - bits), bits]
  }

  /** When the next of those in force ends, epoch ms; Infinity: none does. */
  nextEndMs(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const { untilMs } of this.#networks.values()) if (untilMs > nowMs && untilMs < next) next = untilMs
    return next
  }

  /** Whether one of the networks contains this whole address or CIDR. */
  contains(text: string, nowMs: number): boolean {
    if (isIPv4(text)) return this.containsIPv4(ipv4Number(text), nowMs)
    const { network, bits, family } = readCidr(text)
    for (const length of this.#lengths[family]) {
      if (length > bits) continue
      const found = this.#networks.get(networkWithin(network, length))
      if (found && found.untilMs > nowMs) return true
    }
    return false
  }

  /** The same of an IPv4 address as a whole number. */
  containsIPv4(address: number, nowMs: number): boolean {
    for (const [bits, networks] of this.#ipv4) {
      const untilMs = networks.get(leadingBits(address, bits))
      if (untilMs !== undefined && untilMs > nowMs) return true
    }
    return false
  }

  /** Whether one of the networks has an address in common with this CIDR. */
  touches(text: string, nowMs: number): boolean {
    if (this.contains(text, nowMs)) return true
    const asked = readCidr(text)
    const key = formatCidr(asked)
    for (const { cidr, untilMs } of this.#networks.values()) {
      if (cidr.family !== asked.family || cidr.bits < asked.bits || untilMs <= nowMs) continue
      if (networkWithin(cidr.network, asked.bits) === key) return true
    }
    return false
  }

  /** The networks that have an address in common with this CIDR. Looks at all of them. */
  touching(text: string, nowMs: number): string[] {
    const asked = readCidr(text)
    const overlaps = (cidr: Cidr) => {
      const bits = Math.min(cidr.bits, asked.bits)
      return cidr.family === asked.family && networkWithin(cidr.network, bits) === networkWithin(asked.network, bits)
    }
    return [...this.#networks].filter(([, { cidr, untilMs }]) => untilMs > nowMs && overlaps(cidr)).map(([key]) => key)
  }
}

const leadingBits = (address: number, bits: number): number => Math.floor(address / 2 ** (32 - bits))

function networkWithin(address: string, bits: number): string {
  return formatCidr(parseCidr(`${address}/${bits}`)!)
}

/** IPv4-mapped networks are IPv4, as addresses are everywhere. @throws SipguardError ADDRESS_INVALID */
export function readCidr(text: string): Cidr {
  const cidr = parseCidr(text)
  if (cidr === null) throw new SipguardError('ADDRESS_INVALID', `expected an IP address or CIDR, got '${text}'`)
  const mapped = cidr.bits >= 96 ? MAPPED.exec(cidr.network) : null
  if (!mapped) return cidr
  const bytes = mapped.slice(1).flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255])
  return { network: bytes.join('.'), bits: cidr.bits - 96, family: 'ipv4' }
}
