/** A HEPv3 packet with this payload and nothing else: enough for whoever only looks at lengths. */
export function packetOf(payload: Buffer): Buffer {
  const packet = Buffer.concat([Buffer.from('HEP3\0\0\0\0\0\x0f\0\0'), payload])
  packet.writeUInt16BE(packet.length, 4)
  packet.writeUInt16BE(6 + payload.length, 10)
  return packet
}
