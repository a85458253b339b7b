import { NOT_COUNTED } from '../../explain/not-counted.ts'

/** What the API's words of trust and evidence mean, in sentences (docs/trust.md). */

const LEVELS: Readonly<Record<string, string>> = {
  self: 'this machine, or one of the fleet: never banned',
  allowed: 'allowed: never banned',
  peer: 'a peer (PBX, dispatcher destination, carrier): never banned, only said',
  phone: 'an address of phones: banned by the single port, if at all',
  unknown: 'nobody that is known',
}

const EVIDENCE: Readonly<Record<string, string>> = {
  proved: 'proved: the sender’s address is sure',
  unproved: 'unproved: over UDP the sender’s address may be forged, so the ban is short and does not grow',
  request: 'a person’s word',
}

/** How a ban ended before its time. */
const LIFTED_BY: Readonly<Record<string, string>> = {
  unban: 'by an unban',
  fleet: 'by another node',
  trusted: 'for the address came to be trusted',
  replaced: 'for a ban that followed took its place',
}

export const levelWords = (level: string): string => LEVELS[level] ?? level
export const evidenceWords = (evidence: string): string => EVIDENCE[evidence] ?? evidence
export const liftedByWords = (by: string): string => LIFTED_BY[by] ?? by
export const notCountedWords = (why: string): string => NOT_COUNTED[why] ?? why
