/** The MAC address that a phone tells of itself (docs/phones.md). All of it is the phone's word: no proof of anything. */

/** The accepted spellings: `00:15:65:12:34:56`, `00-15-65-12-34-56`, `0015.6512.3456`, `001565123456`. */
const SPELLING = '[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}|[0-9a-f]{12}'

const WHOLE = new RegExp(`^(?:${SPELLING})$`, 'i')
/** Not a part of something longer: a UUID, a version, a commit, an IPv6 address. */
const IN_TEXT = new RegExp(`(?<![0-9a-z.:+~-])(?:${SPELLING})(?![0-9a-z]|[.:-][0-9a-z])`, 'gi')
const CONTACT_PARAMETER = new RegExp(`[;?&]\\s*mac\\s*=\\s*["<]?(${SPELLING})(?![0-9a-z.:-])`, 'i')

/** RFC 5626 section 4.1, RFC 9562 section 5.1: of version 1 (`00000000-0000-1000-8000-<mac>` is one) the node is an address; of no other. */
const INSTANCE =
  /\+sip\.instance\s*=[^;,]{0,12}?urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-([0-9a-f]{12})(?![0-9a-f-])/i
/** A build's time, `202401151030`, which a MAC without a letter may look like. */
const TIMESTAMP = /^20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d$/

/** 12 lower-case hexadecimal digits of any accepted spelling; null for anything else, and for what is no single machine's address. */
export function normalizeMac(text: string): string | null {
  const word = text.trim()
  if (!WHOLE.test(word)) return null
  const mac = word.replace(/[:.-]/g, '').toLowerCase()
  const multicast = Number.parseInt(mac.slice(0, 2), 16) % 2 === 1
  // All ones is a multicast address, too.
  return multicast || mac === '000000000000' ? null : mac
}

/** What the Contact says (`mac=`, then `+sip.instance`), else the User-Agent; null where neither says one. */
export function macOf({ contact, userAgent }: { readonly contact: string | null; readonly userAgent: string | null }): string | null {
  if (contact !== null) {
    const parameters = contact.replace(/^\s*"(?:[^"\\]|\\.)*"/, '')
    for (const form of [CONTACT_PARAMETER, INSTANCE]) {
      const mac = normalizeMac(form.exec(parameters)?.[1] ?? '')
      if (mac !== null) return mac
    }
  }
  for (const [spelled] of userAgent?.matchAll(IN_TEXT) ?? []) {
    const mac = TIMESTAMP.test(spelled) ? null : normalizeMac(spelled)
    if (mac !== null) return mac
  }
  return null
}
