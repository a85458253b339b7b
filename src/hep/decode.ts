import { canonicalAddress } from '../address.ts'
import type { Transport } from '../types.ts'
import type { HepPacket, HepRefusal } from './types.ts'

/**
 * HEPv3 (sipcapture.org, HEP/EEP specification revision 12): `HEP3`, the whole length, then chunks in any order, each of vendor, type,
 * length (its own six bytes included) and value; all numbers in network order.
 */
const MAGIC = 0x48455033
const HEAD = 6

const CHUNK = {
  ...{ ipProtocol: 2, sourceIpv4: 3, destinationIpv4: 4, sourceIpv6: 5, destinationIpv6: 6, sourcePort: 7, destinationPort: 8 },
  ...{ seconds: 9, microseconds: 10, protocolType: 11, captureId: 12, key: 14, payload: 15, compressed: 16 },
} as const

/** How long the value of each type is that is read; null: any length. The address family (1) and the correlation id (17) are not. */
const SIZES: ReadonlyMap<number, number | null> = new Map([
  ...([CHUNK.ipProtocol, CHUNK.protocolType] as const).map((type) => [type, 1] as const),
  ...([CHUNK.sourcePort, CHUNK.destinationPort] as const).map((type) => [type, 2] as const),
  ...([CHUNK.sourceIpv4, CHUNK.destinationIpv4, CHUNK.seconds, CHUNK.microseconds, CHUNK.captureId] as const).map(
    (type) => [type, 4] as const,
  ),
  ...([CHUNK.sourceIpv6, CHUNK.destinationIpv6] as const).map((type) => [type, 16] as const),
  ...([CHUNK.key, CHUNK.payload, CHUNK.compressed] as const).map((type) => [type, null] as const),
])

const SIP = 1
/** IANA's protocol numbers; 22 (IDP) is how FreeSWITCH's sofia marks TLS. */
const TRANSPORTS: ReadonlyMap<number, Transport> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [22, 'tls'],
])

/** Bytes 4 to 7 of every STUN message (RFC 5389 section 6). */
const STUN_COOKIE = 0x2112a442

/**
 * Reads one HEPv3 packet, or says why not; never throws. Bytes beyond its stated length are ignored. Chunks of other vendors and of types
 * unknown here are skipped; one that is read and there twice makes the packet `malformed`, as readers would differ in which they believe.
 * The family is told by the address chunks. A packet that names no single host as its source or destination is `malformed` too. What only
 * keeps a NAT open (empty lines, zeros, STUN) is `not-sip`.
 */
export function decodeHep(bytes: Buffer): HepPacket | HepRefusal {
  if (bytes.length < HEAD || bytes.readUInt32BE(0) !== MAGIC) return isOlder(bytes) ? 'version' : 'not-hep'
  const chunks = chunksOf(bytes, bytes.readUInt16BE(4))
  if (!chunks) return 'malformed'
  if (numberOf(chunks[CHUNK.protocolType]) !== SIP) return 'not-sip'
  const payload = chunks[CHUNK.payload]
  if (!payload) return chunks[CHUNK.compressed] ? 'compressed' : 'malformed'
  const sourceIp = addressOf(chunks[CHUNK.sourceIpv4], chunks[CHUNK.sourceIpv6])
  const destinationIp = addressOf(chunks[CHUNK.destinationIpv4], chunks[CHUNK.destinationIpv6])
  const sourcePort = numberOf(chunks[CHUNK.sourcePort])
  const destinationPort = numberOf(chunks[CHUNK.destinationPort])
  if (!sourceIp || !destinationIp || sourceIp.includes(':') !== destinationIp.includes(':')) return 'malformed'
  if (!sourcePort || !destinationPort) return 'malformed'
  if (isKeepAlive(payload)) return 'not-sip'
  const seconds = numberOf(chunks[CHUNK.seconds])
  return {
    sourceIp,
    sourcePort,
    destinationIp,
    destinationPort,
    transport: TRANSPORTS.get(numberOf(chunks[CHUNK.ipProtocol]) ?? 0) ?? null,
    capturedAtMs: seconds === null ? null : seconds * 1000 + Math.floor((numberOf(chunks[CHUNK.microseconds]) ?? 0) / 1000),
    captureId: numberOf(chunks[CHUNK.captureId]),
    key: chunks[CHUNK.key] ?? null,
    payload,
  }
}

/** Values by type; null where a chunk has no right length, leaves the packet or is there twice. */
function chunksOf(bytes: Buffer, length: number): (Buffer | undefined)[] | null {
  if (length < HEAD || length > bytes.length) return null
  const chunks: (Buffer | undefined)[] = new Array(CHUNK.compressed + 1).fill(undefined)
  let at = HEAD
  while (at < length) {
    if (length - at < HEAD) return null
    const end = at + bytes.readUInt16BE(at + 4)
    if (end < at + HEAD || end > length) return null
    const type = bytes.readUInt16BE(at + 2)
    const size = bytes.readUInt16BE(at) === 0 ? SIZES.get(type) : undefined
    if (size !== undefined) {
      if (chunks[type] || (size !== null && size !== end - at - HEAD)) return null
      chunks[type] = bytes.subarray(at + HEAD, end)
    }
    at = end
  }
  return chunks
}

function numberOf(value: Buffer | undefined): number | null {
  if (!value) return null
  let number = 0
  for (let i = 0; i < value.length; i++) number = number * 256 + (value[i] as number)
  return number
}

/** Null where there is none or both, or it is not one host's. */
function addressOf(ipv4: Buffer | undefined, ipv6: Buffer | undefined): string | null {
  if (ipv4 && ipv6) return null
  if (ipv4) return ipv4.readUInt32BE(0) === 0 ? null : `${ipv4[0]}.${ipv4[1]}.${ipv4[2]}.${ipv4[3]}`
  return ipv6 ? canonicalAddress((ipv6.toString('hex').match(/..../g) as string[]).join(':')) : null
}

/** HEPv1 and v2 begin with their version and the length of their head: 16 or 40 bytes, which a time may add 12 to. */
function isOlder(bytes: Buffer): boolean {
  const [version, head] = bytes
  return (version === 1 || version === 2) && head !== undefined && head >= 16 && head <= 52
}

function isKeepAlive(payload: Buffer): boolean {
  const first = payload[0] ?? 0
  if (first < 2 && payload.length >= 20 && payload.readUInt32BE(4) === STUN_COOKIE) return true
  return payload.every((byte) => byte === 13 || byte === 10 || byte === 0)
}
