import { createHepReader } from '../../src/hep/index.ts'
import type { SipEvent } from '../../src/types.ts'
import { hepPacket } from './hep-packet.ts'

export const SERVER = '198.51.100.1'
export const START_MS = Date.UTC(2026, 0, 15, 10, 30, 0)

export interface Hop {
  from?: string
  fromPort?: number
  to?: string
  toPort?: number
  /** IP protocol: 17 UDP, 6 TCP. */
  protocol?: number
  atMs?: number
  key?: string
}

/** One HEPv3 packet. */
export function hep(payload: string | Buffer, hop: Hop = {}): Buffer {
  const { from: source = '192.0.2.7', fromPort: sourcePort = 5060, to: destination = SERVER, toPort: destinationPort = 5060 } = hop
  const { protocol = 17, atMs: capturedAtMs = START_MS, key } = hop
  const ends = { source, sourcePort, destination, destinationPort, protocol, capturedAtMs }
  return hepPacket({ ...ends, payload, ...(key !== undefined && { key }) })
}

export interface Request {
  method?: string
  uri?: string
  user?: string
  domain?: string
  callId?: string
  cseq?: number
  branch?: string | null
  userAgent?: string
  /** Nonce that the credentials answer. */
  nonce?: string
  username?: string
  response?: string
  contacts?: readonly string[]
  expires?: number
  toTag?: string
  vias?: number
}

/** Of a phone at the usual source. */
export const CONTACT = ['<sip:1001@192.0.2.7:5060>']
export const invite = (more: Request = {}): Request => ({ method: 'INVITE', uri: 'sip:00972@198.51.100.1', ...more })

/** Parts of a message that requests and their answers have in common. */
function common(request: Request): string[] {
  const { method = 'REGISTER', user = '1001', domain = 'example.com', callId = 'call-1', cseq = 1, vias = 1, toTag } = request
  const branch = request.branch === null ? '' : `;branch=${request.branch ?? `z9hG4bK-${callId}-${cseq}`}`
  return [
    ...Array.from({ length: vias }, (_, i) => `Via: SIP/2.0/UDP 192.0.2.7:5060${i === 0 ? branch : ';branch=z9hG4bK-inner'}`),
    `From: <sip:${user}@${domain}>;tag=a`,
    `To: <sip:${user}@${domain}>${toTag ? `;tag=${toTag}` : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
  ]
}

export function sipRequest(request: Request): string {
  const { method = 'REGISTER', domain = 'example.com', uri = `sip:${domain}`, user = '1001', nonce, username = user } = request
  const credentials = `Authorization: Digest username="${username}",realm="${domain}",nonce="${nonce}",response="${request.response ?? 'f'}"`
  return [
    `${method} ${uri} SIP/2.0`,
    ...common(request),
    ...(request.userAgent ? [`User-Agent: ${request.userAgent}`] : []),
    ...(request.contacts ?? []).map((contact) => `Contact: ${contact}`),
    ...(request.expires === undefined ? [] : [`Expires: ${request.expires}`]),
    ...(nonce === undefined ? [] : [credentials]),
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
}

export interface Reply {
  nonce?: string
  stale?: boolean
  contacts?: readonly string[]
  reason?: string
}

export function sipReply(request: Request, code: number, { nonce, stale, contacts = [], reason = 'Because' }: Reply = {}): string {
  const { domain = 'example.com' } = request
  return [
    `SIP/2.0 ${code} ${reason}`,
    ...common(request),
    ...contacts.map((contact) => `Contact: ${contact}`),
    ...(nonce === undefined ? [] : [`WWW-Authenticate: Digest realm="${domain}",nonce="${nonce}"${stale ? ',stale=true' : ''}`]),
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
}

export const back = (hop: Hop): Hop => {
  const { from = '192.0.2.7', fromPort = 5060, to = SERVER, toPort = 5060, ...rest } = hop
  return { ...rest, from: to, fromPort: toPort, to: from, toPort: fromPort }
}

/** A reader before which people talk. Every packet is received when it is captured. */
export function listen({ key = null, self = [SERVER] }: { key?: string | null; self?: readonly string[] } = {}) {
  const reader = createHepReader({ isSelf: (ip) => self.includes(ip), key })
  let nowMs = START_MS
  let packets = 0
  const heard: SipEvent[] = []
  const note = (events: readonly SipEvent[]) => {
    heard.push(...events)
    return events
  }
  const hear = (payload: string | Buffer, hop: Hop = {}) =>
    note(reader.read(hep(payload, { atMs: nowMs, ...hop }), nowMs, `id-${++packets}`))
  const talk = {
    reader,
    heard,
    hear,
    /** Time passes; what became overdue meanwhile. */
    wait(ms: number) {
      nowMs += ms
      return note(reader.tick(nowMs))
    },
    ask: (request: Request, hop: Hop = {}) => hear(sipRequest(request), hop),
    answer: (request: Request, code: number, reply: Reply = {}, hop: Hop = {}) => hear(sipReply(request, code, reply), back(hop)),
    /** A request and its answer: the event. */
    exchange(request: Request, code: number, reply: Reply = {}, hop: Hop = {}): SipEvent | undefined {
      return [...talk.ask(request, hop), ...talk.answer(request, code, reply, hop)].at(-1)
    },
    /** A request that is challenged, and comes again with an answer to the nonce. */
    login(request: Request, code: number, reply: Reply = {}, hop: Hop = {}): SipEvent | undefined {
      const nonce = request.nonce ?? `nonce-${packets}`
      const { nonce: _, ...first } = request
      talk.exchange(first, 401, { nonce }, hop)
      return talk.exchange({ ...request, nonce, cseq: (request.cseq ?? 1) + 1 }, code, reply, hop)
    },
  }
  return talk
}
