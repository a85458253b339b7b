import { decodeHep } from '../../src/hep/decode.ts'
import { createHepReader } from '../../src/hep/index.ts'
import { parseSip } from '../../src/hep/sip-message.ts'
import { hepPacket } from '../hep/hep-packet.ts'
import { median, type Part } from './figure.ts'

const ROUNDS = 5
const CONVERSATIONS = 8000
const CONVERSATIONS_QUICK = 2000
const SERVER = '198.51.100.1'
const START_MS = Date.UTC(2026, 0, 15, 10)

const STEPS = [
  { line: 'REGISTER sip:example.com SIP/2.0', cseq: 1, more: ['Contact: <sip:USER@IP:5061>;expires=60', 'Expires: 60'] },
  { line: 'SIP/2.0 401 Unauthorized', cseq: 1, more: ['WWW-Authenticate: Digest realm="example.com", nonce="NONCE", qop="auth"'] },
  {
    line: 'REGISTER sip:example.com SIP/2.0',
    cseq: 2,
    more: [
      'Contact: <sip:USER@IP:5061>;expires=60',
      'Authorization: Digest username="USER",realm="example.com",nonce="NONCE",uri="sip:example.com",response="edec3aeacc15f6a47f8a551ab78988e1",algorithm=MD5',
      'Expires: 60',
    ],
  },
  { line: 'SIP/2.0 ANSWER', cseq: 2, more: ['Contact: <sip:USER@IP:5061>;expires=60', 'Server: lab'] },
] as const

function conversation(n: number): Buffer[] {
  const ip = `203.0.${(n >> 8) & 255}.${n & 255 || 1}`
  const values: Record<string, string> = {
    USER: String(1000 + (n % 5000)),
    IP: ip,
    NONCE: `nonce${n}`,
    ANSWER: n % 2 ? '403 Forbidden' : '200 OK',
  }
  return STEPS.map(({ line, cseq, more }, step) => {
    const payload = [
      line,
      `Via: SIP/2.0/UDP ${ip}:5061;branch=z9hG4bK-${n}-${cseq};rport`,
      'Max-Forwards: 70',
      `From: "Desk USER" <sip:USER@example.com>;tag=${n}`,
      `To: "Desk USER" <sip:USER@example.com>${step % 2 ? `;tag=s${n}` : ''}`,
      `Call-ID: ${n}@${ip}`,
      `CSeq: ${cseq} REGISTER`,
      ...more,
      ...(step % 2 ? [] : ['Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER', 'User-Agent: Yealink SIP-T46S 66.85.0.5']),
      'Content-Length: 0\r\n\r\n',
    ]
      .join('\r\n')
      .replaceAll(/USER|IP:|NONCE|ANSWER/g, (name) => (name === 'IP:' ? `${ip}:` : (values[name] as string)))
    const phone = { source: ip, sourcePort: 5061, destination: SERVER, destinationPort: 5060 }
    const server = { source: SERVER, sourcePort: 5060, destination: ip, destinationPort: 5061 }
    return hepPacket({ ...(step % 2 ? server : phone), payload, capturedAtMs: START_MS + n, captureId: 2001 })
  })
}

/**
 * HEP packets per second of processor time: what decoding takes, with parsing the SIP, and with all that the reader makes of it. The
 * conversations are a phone's REGISTER, its challenge, its credentials and the 200, and a guess that is refused, over many addresses; every
 * packet is another one.
 */
export const hep: Part = async ({ quick }) => {
  const packets = Array.from({ length: quick ? CONVERSATIONS_QUICK : CONVERSATIONS }, (_, n) => conversation(n)).flat()
  return Object.entries(WORK).map(([name, run]) => {
    const taken = Array.from({ length: ROUNDS }, () => {
      const before = process.cpuUsage()
      const read = run(packets)
      const { user, system } = process.cpuUsage(before)
      if (read !== packets.length) throw new Error(`${name}: ${read} of ${packets.length} packets`)
      return (user + system) / 1e6
    })
    return { group: 'HEP, a second of processor time', name, value: packets.length / median(taken), unit: 'packets/s' }
  })
}

/** How many packets were read. */
const WORK: Readonly<Record<string, (packets: readonly Buffer[]) => number>> = {
  decode: (packets) => packets.filter((packet) => typeof decodeHep(packet) !== 'string').length,
  'decode and parse'(packets) {
    let read = 0
    for (const bytes of packets) {
      const packet = decodeHep(bytes)
      if (typeof packet !== 'string' && parseSip(packet.payload)) read++
    }
    return read
  },
  'decode, parse and match'(packets) {
    const reader = createHepReader({ isSelf: (ip) => ip === SERVER, key: null })
    let events = 0
    packets.forEach((packet, i) => {
      events += reader.read(packet, START_MS + i / STEPS.length, `node:bench:${i}`).length
    })
    // Of each request and its answer, one.
    return events * 2
  },
}
