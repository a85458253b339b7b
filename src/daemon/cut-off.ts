import type { TrustBook } from '../decide/index.ts'
import type { Ban } from '../types.ts'

/** A ban and whom it hits that it should not. */
export interface CutOff {
  readonly ban: Ban
  /** Users known as phones at what is banned, when it was banned or now. */
  readonly phones: readonly string[]
}

/** Of a /64, the phones of the address that decided the ban: one that holds others is not banned whole. */
export function cutOffBy(ban: Ban, trust: TrustBook, nowMs: number): CutOff {
  const { ip, port, transport } = ban
  const phones = [ban.fromMs, nowMs].flatMap((atMs) =>
    trust.phonesAt(ip, atMs).filter((user) => ban.scope !== 'endpoint' || trust.isOwnEndpoint(user, ip, port, transport, atMs)),
  )
  return { ban, phones: [...new Set(phones)] }
}
