import { ipv4Number, parseCidr } from '../src/address.ts'

/** A database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/, version 2.0) that knows one IPv4 network. */
export function mmdb(cidr: string, data: Record<string, unknown>): Buffer {
  const { network, bits } = parseCidr(cidr)!
  const address = ipv4Number(network)
  // One node for each bit of the network: the way to it is the next node, any other leads to nothing (the number of nodes).
  const tree = Array.from({ length: bits }, (_, i) => {
    const next = i + 1 < bits ? i + 1 : bits + 16
    const one = Math.floor(address / 2 ** (31 - i)) % 2
    return one ? [...uint(bits, 3), ...uint(next, 3)] : [...uint(next, 3), ...uint(bits, 3)]
  }).flat()
  const metadata = {
    node_count: bits,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 0,
  }
  return Buffer.concat([
    Buffer.from(tree),
    Buffer.alloc(16),
    Buffer.from(encode(data)),
    Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'),
    Buffer.from(encode(metadata)),
  ])
}

const uint = (value: number, bytes: number) => Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256)

/** A control byte: the type, and a size, of which from 29 on a byte more tells the rest. */
const control = (type: number, size: number) => (size < 29 ? [(type << 5) | size] : [(type << 5) | 29, size - 29])

/** Type 2: text; 6: 32 bit number; 7: map. */
function encode(value: unknown): number[] {
  if (typeof value === 'number') return [...control(6, 4), ...uint(value, 4)]
  if (typeof value === 'string') return [...control(2, value.length), ...Buffer.from(value)]
  const entries = Object.entries(value as object)
  return [...control(7, entries.length), ...entries.flatMap(([key, one]) => [...encode(key), ...encode(one)])]
}
