import { hash, timingSafeEqual } from 'node:crypto'
import { canonicalAddress } from '../address.ts'
import { NO_FIELDS } from '../no-fields.ts'
import type { EventFields, SipEvent } from '../types.ts'
import { grantedTo } from './binding-change.ts'
import { decodeHep } from './decode.ts'
import { Expiring } from './expiring.ts'
import { Nonces } from './nonces.ts'
import { own, shortKey } from './own.ts'
import { type KeptRequest, keptRequest, type Sighting, unseenFields } from './request.ts'
import { Servers } from './servers.ts'
import { parseSip } from './sip-message.ts'
import { type Answered, Transactions } from './transactions.ts'
import { HEP_REFUSALS, type HepPacket, type HepReader, type HepRefusal, type SipMessage } from './types.ts'
import { answered, MALFORMED, unanswered, type Verdict } from './verdict.ts'

const MINUTE_MS = 6e4
const DAY_MS = 864e5
const NOTHING: readonly SipEvent[] = []
/** What may be said of a request that has been reported as unanswered before: it is not to count twice. */
const SAID_ALREADY: ReadonlySet<string> = new Set(['request', 'auth_challenge'])

export interface HepReaderOptions {
  /** Whether an address (canonical) is this host's own, or one that `self:` names. May change its answers. */
  readonly isSelf: (ip: string) => boolean
  /** What each packet must carry as its authentication key; null: anything will do. */
  readonly key: string | null
}

/**
 * From HEP packets to events. Only requests that strangers send to servers of ours make any, one for each transaction; what a server
 * sends, and is answered, is nobody's failure. Where it is not known yet which side is the server, the event is not counted and says why:
 * `direction`. Times are arguments; nothing else is read.
 */
export function createHepReader({ isSelf, key }: HepReaderOptions): HepReader {
  const wantedKey = key === null ? null : Buffer.from(key)
  const refused = Object.fromEntries(HEP_REFUSALS.map((refusal) => [refusal, 0])) as Record<HepRefusal, number>
  const transactions = new Transactions<KeptRequest>()
  const servers = new Servers(isSelf)
  const nonces = new Nonces()
  /** Requests that were challenged. */
  const flows = new Expiring<true>({ most: 20_000, forMs: 5 * MINUTE_MS })
  /** Domains that REGISTERs were challenged or accepted for. */
  const domains = new Expiring<true>({ most: 1000, forMs: DAY_MS })
  /** REGISTERs that a server wrote itself: those that it only passes on have more than one Via. */
  const ours = new Expiring<true>({ most: 1000, forMs: MINUTE_MS })
  const peers = new Expiring<true>({ most: 1000, forMs: DAY_MS })
  const bounded = [servers, nonces, flows, domains, ours, peers]

  function isAuthentic(given: Buffer | null): boolean {
    return wantedKey === null || (given !== null && given.length === wantedKey.length && timingSafeEqual(given, wantedKey))
  }

  function request(sighting: Sighting, nowMs: number): readonly SipEvent[] {
    const { packet, message } = sighting
    const { method } = message.request!
    // They belong to an INVITE.
    if (method === 'ACK' || method === 'CANCEL') return NOTHING
    const { sourceIp, sourcePort, destinationIp } = packet
    const key = keyOf(sourceIp, destinationIp, message)
    if (servers.has(sourceIp)) {
      if (method === 'REGISTER' && message.vias === 1 && !servers.has(destinationIp)) ours.set(key, true, nowMs)
      return NOTHING
    }
    const isProved =
      isConnected(packet) || message.credentials.some(({ nonce }) => nonce !== null && nonces.isIssuedTo(nonce, sourceIp, sourcePort))
    const fingerprint = hash('sha1', packet.payload, 'base64')
    return reports(transactions.request(key, fingerprint, keptRequest(sighting, isProved), nowMs))
  }

  function reports(requests: readonly KeptRequest[]): readonly SipEvent[] {
    if (requests.length === 0) return NOTHING
    return requests.flatMap((kept) => eventOf(kept, unanswered(kept.isScanner), { ...kept.fields, code: null, reason: null }, kept) ?? [])
  }

  function reply(sighting: Sighting, nowMs: number): readonly SipEvent[] {
    const { packet, message } = sighting
    const { sourceIp, destinationIp } = packet
    const { code } = message.reply!
    const key = keyOf(destinationIp, sourceIp, message)
    if (servers.has(destinationIp)) {
      if (code >= 200 && code < 300 && ours.delete(key)) peers.set(own(sourceIp), true, nowMs)
      return NOTHING
    }
    if (code < 200) {
      transactions.ringing(key)
      return NOTHING
    }
    if (servers.has(sourceIp)) {
      // Of answers that are sent again too: a stateless server issues a new nonce with each.
      for (const nonce of message.challenges) nonces.issue(nonce, destinationIp, packet.destinationPort, nowMs)
    }
    const { method } = message.cseq
    const answer = transactions.answer(key, nowMs)
    if (answer === null || (answer.request === null && (method === 'ACK' || method === 'CANCEL'))) return NOTHING
    const event = answer.request ? ofAnswer(sighting, answer.request, answer) : ofReplyAlone(sighting)
    if (answer.request && method === 'REGISTER') servers.registrar(sourceIp, destinationIp, nowMs)
    if (servers.has(sourceIp)) learn(message, answer.request, nowMs)
    return event ? [event] : NOTHING
  }

  /** What a server's final answer tells about later requests. */
  function learn(message: SipMessage, kept: KeptRequest | null, nowMs: number): void {
    const { code } = message.reply!
    const isChallenge = code === 401 || code === 407
    if (isChallenge && kept) flows.set(kept.flow, true, nowMs)
    if ((isChallenge || code < 300) && message.cseq.method === 'REGISTER' && message.to.host) domains.set(own(message.to.host), true, nowMs)
  }

  function ofAnswer({ message, atMs, id }: Sighting, kept: KeptRequest, { isReported }: Answered<KeptRequest>): SipEvent | null {
    const { code, reason } = message.reply!
    const { fields } = kept
    const method = fields.method!
    const verdict = answered({
      method,
      code,
      hasCredentials: kept.hasCredentials,
      isStale: message.stale,
      wasChallenged: flows.get(kept.flow) !== undefined,
      isScanner: kept.isScanner,
      isForeign: isForeign(kept.host, kept.serverIp, method === 'REGISTER'),
      change: kept.change,
    })
    if (isReported && (SAID_ALREADY.has(verdict.kind) || (kept.isScanner && verdict.reason === 'scanner_detected'))) return null
    const said = { ...fields, code, reason: own(reason) }
    if (verdict.kind === 'registration') said.expires = grantedTo(kept.contactUri, message) ?? fields.expires
    if (verdict.kind === 'failed_registration' || verdict.kind === 'failed_auth' || verdict.kind === 'auth_success')
      said.user = kept.username ?? fields.user
    if (verdict.reason === 'domain_not_found') said.domain = kept.host
    return eventOf(kept, verdict, said, { atMs, id })
  }

  /** Its request was lost, or came before this began to listen. */
  function ofReplyAlone(sighting: Sighting): SipEvent | null {
    const { packet, message } = sighting
    const { code, reason } = message.reply!
    const { method } = message.cseq
    const fields = unseenFields(sighting)
    const verdict = answered({
      method,
      code,
      hasCredentials: null,
      isStale: message.stale,
      wasChallenged: false,
      isScanner: false,
      // Only a REGISTER's To names the domain that it was sent to; and it may have had credentials.
      isForeign: method === 'REGISTER' && isForeign(fields.domain, packet.sourceIp, false),
      change: message.contacts.length === 0 ? 'removed' : 'bound',
    })
    const parties = { ip: packet.destinationIp, serverIp: packet.sourceIp, isProved: false }
    return eventOf(parties, verdict, { ...fields, code, reason: own(reason) }, sighting)
  }

  /** `isSure`: also as long as no domain is known. What a server serves it challenges, so that a REGISTER refused at once is foreign. */
  function isForeign(host: string | null, serverIp: string, isSure: boolean): boolean {
    if (host === null || domains.get(host) || (domains.size === 0 && !isSure)) return false
    const ip = canonicalAddress(host)
    return ip === null || (ip !== serverIp && !servers.has(ip))
  }

  function malformed(packet: HepPacket, at: Pick<Sighting, 'atMs' | 'id'>): SipEvent | null {
    const { sourceIp, sourcePort, destinationIp, transport } = packet
    const parties = { ip: sourceIp, serverIp: destinationIp, isProved: isConnected(packet) }
    return eventOf(parties, MALFORMED, { ...NO_FIELDS, port: sourcePort, transport }, at)
  }

  /** Null: it is a server's own request. */
  function eventOf(
    { ip, serverIp, isProved }: Pick<KeptRequest, 'ip' | 'serverIp' | 'isProved'>,
    { kind, rule, reason, counted }: Verdict,
    fields: EventFields,
    { atMs, id }: Pick<Sighting, 'atMs' | 'id'>,
  ): SipEvent | null {
    if (servers.has(ip)) return null
    const isDirected = servers.has(serverIp)
    return {
      ...fields,
      kind,
      ip,
      atMs,
      reason: reason ?? fields.reason,
      proved: isProved,
      counted: counted && isDirected,
      shadow: false,
      filter: 'hep',
      rule,
      why: isDirected ? null : 'direction',
      source: '',
      id,
    }
  }

  return {
    refused,
    get peers() {
      return [...peers.keys()]
    },
    get size() {
      return bounded.reduce((sum, { size }) => sum + size, transactions.size)
    },
    read(bytes, receivedAtMs, id) {
      const packet = decodeHep(bytes)
      const refusal = typeof packet === 'string' ? packet : isAuthentic(packet.key) ? null : 'key'
      if (typeof packet === 'string' || refusal) {
        refused[refusal!]++
        return NOTHING
      }
      const capturedAtMs = packet.capturedAtMs ?? receivedAtMs
      const atMs = Math.abs(capturedAtMs - receivedAtMs) <= MINUTE_MS ? capturedAtMs : receivedAtMs
      const message = parseSip(packet.payload)
      if (message) return (message.request ? request : reply)({ packet, message, atMs, id }, receivedAtMs)
      const event = malformed(packet, { atMs, id })
      return event ? [event] : NOTHING
    },
    tick(nowMs) {
      for (const memory of bounded) memory.expire(nowMs)
      return reports(transactions.expire(nowMs))
    },
  }
}

/** What a request and the answers to it have in common, and nothing else has. */
function keyOf(client: string, server: string, { branch, callId, cseq }: SipMessage): string {
  return shortKey(`${client} ${server} ${cseq.number} ${cseq.method} ${branch} ${callId}`)
}

/** The sender has taken part in a handshake. */
function isConnected({ transport }: HepPacket): boolean {
  return transport !== null && transport !== 'udp'
}
