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

/** Why a line did not count. */
const NOT_COUNTED: Readonly<Record<string, string>> = {
  self: 'it came from this machine',
  allowed: 'the address is allowed',
  peer: 'the address is a peer’s',
  phone: 'it came from phones that are known there',
  shadow: 'another line says the same of the same request, and that one counted',
  challenge: 'a challenge, the first half of every authentication',
  request: 'a request that nothing is wrong with',
  uncounted: 'the server’s or the operator’s own trouble',
  direction: 'a packet of which it is not known which side is the server',
  'too-old': 'it was read so late that its ban would have been over',
  ambiguous: 'it can be read in more than one way, so it may not be held against anybody',
  forgeable: 'somebody else may have written this address into the line',
  hep: 'it was seen as HEP too, and counted there',
  success: 'a success',
  unless: 'the jail spares who succeeded in the same time',
  'alert-only': 'the jail only says, and never bans',
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
