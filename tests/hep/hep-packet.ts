/** Writes HEPv3 packets for tests: what decodeHep reads. */

export interface Mirrored {
  readonly source?: string
  readonly sourcePort?: number
  readonly destination?: string
  readonly destinationPort?: number
  /** IP protocol number. */
  readonly protocol?: number
  /** Epoch ms. */
  readonly capturedAtMs?: number
  readonly captureId?: number
  readonly key?: string
  readonly payload: Buffer | string
}

/** A packet with its chunks in Kamailio's order. */
export function hepPacket(mirrored: Mirrored): Buffer {
  return packetOf(chunksOf(mirrored))
}

/** `HEP3`, the length, and these chunks. */
export function packetOf(chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat(chunks)
  const head = Buffer.from('HEP3\0\0')
  head.writeUInt16BE(head.length + body.length, 4)
  return Buffer.concat([head, body])
}

/** A packet with this payload and nothing else: enough for whoever only looks at lengths. */
export function barePacket(payload: Buffer): Buffer {
  return packetOf([chunk(15, payload)])
}

/** One chunk; of sipcapture's own vendor id, unless it says otherwise. */
export function chunk(type: number, value: Buffer | string, vendor = 0): Buffer {
  const bytes = Buffer.from(value as string, 'latin1')
  const head = Buffer.alloc(6)
  head.writeUInt16BE(vendor, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(head.length + bytes.length, 4)
  return Buffer.concat([head, bytes])
}

export function chunksOf(mirrored: Mirrored): Buffer[] {
  const { source = '192.0.2.7', sourcePort = 5061, destination = '198.51.100.1', destinationPort = 5060, protocol = 17 } = mirrored
  const { capturedAtMs = Date.UTC(2026, 0, 15, 10, 30, 45, 123), captureId, key, payload } = mirrored
  const isIpv6 = source.includes(':')
  return [
    chunk(1, number(isIpv6 ? 10 : 2, 1)),
    chunk(2, number(protocol, 1)),
    chunk(isIpv6 ? 5 : 3, addressBytes(source)),
    chunk(isIpv6 ? 6 : 4, addressBytes(destination)),
    chunk(7, number(sourcePort, 2)),
    chunk(8, number(destinationPort, 2)),
    chunk(9, number(Math.floor(capturedAtMs / 1000), 4)),
    chunk(10, number((capturedAtMs % 1000) * 1000, 4)),
    chunk(11, number(1, 1)),
    ...(captureId === undefined ? [] : [chunk(12, number(captureId, 4))]),
    ...(key === undefined ? [] : [chunk(14, key)]),
    chunk(15, typeof payload === 'string' ? Buffer.from(payload) : payload),
  ]
}

export function number(value: number, bytes: number): Buffer {
  const written = Buffer.alloc(bytes)
  written.writeUIntBE(value, 0, bytes)
  return written
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [front, back] = address.split('::') as [string, string | undefined]
  const words = (part: string) => part.split(':').filter(Boolean)
  const missing = 8 - words(front).length - words(back ?? '').length
  const all = [...words(front), ...Array<string>(missing).fill('0'), ...words(back ?? '')]
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex')
}
