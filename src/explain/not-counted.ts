/** In words, by why a line does not count; others are told by their word. */
export const NOT_COUNTED: Readonly<Record<string, string>> = {
  shadow: 'another line says the same of the same request, and that one counted',
  challenge: 'a challenge (401, 407), the first half of every authentication',
  success: 'a success',
  request: 'a request that nothing is wrong with',
  uncounted: 'the server’s or the operator’s own trouble',
  ambiguous: 'a line that may be read in more than one way',
  forgeable: 'a line that a caller may have made',
  hep: 'seen as HEP and in a log, and counted once',
  direction: 'a packet of which it is not known which side is the server',
  self: 'it is this host’s own address',
  allowed: 'it is allowed',
  peer: 'it is a peer',
  phone: 'a phone is known there',
  unless: 'the jail spares who had a success',
  'too-old': 'the ban would have been over',
  'alert-only': 'the jail only alerts',
}
