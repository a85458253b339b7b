/** What src/address.ts takes from `node:net`, for the browser; agrees with it on every text (tests/console/node-net.test.ts). */

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const QUAD = `${BYTE}(?:\\.${BYTE}){3}`
const IPV4 = new RegExp(`^${QUAD}$`)
const WORD = /^[0-9a-f]{1,4}$/i

export function isIPv4(text: string): boolean {
  return IPV4.test(text)
}

/** RFC 4291, section 2.2, with a zone (`%eth0`) as Node takes it. */
export function isIPv6(text: string): boolean {
  const [address = '', ...zone] = text.split('%')
  if (zone.length > 1 || (zone.length === 1 && !/^[0-9a-zA-Z.:_-]+$/.test(zone[0] as string))) return false
  const halves = address.split('::')
  if (halves.length > 2) return false
  const words = halves.map((half) => (half === '' ? [] : half.split(':')))
  const all = words.flat()
  // The last may be dotted, and stands for two.
  const dotted = all.at(-1)?.includes('.') && !address.endsWith(':')
  if (dotted && !isIPv4(all.at(-1) as string)) return false
  if (!(dotted ? all.slice(0, -1) : all).every((word) => WORD.test(word))) return false
  const count = all.length + (dotted ? 1 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}
