/** What the writer of the chaos suite writes: every line is an event and carries its own number, so that each can be told from all others. */

const DIGITS = 10
/** One line in so many counts against an address, each of another address: nobody is banned, and the counters have something to keep. */
const COUNTED_EVERY = 1000

/** A registration that OpenSIPS refused; all lines are of the same length. `atMs` is epoch ms. */
export function lineOf(number: number, atMs: number): string {
  const counted = number % COUNTED_EVERY === 0
  const n = number / COUNTED_EVERY
  const ip = counted ? `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` : '198.51.100.7'
  const response = counted ? '403 Forbidden' : '503 Service Unavailable'
  const time = new Date(atMs).toISOString().replace('Z', '000+00:00')
  const user = String(number).padStart(DIGITS + (36 - ip.length - response.length), '0')
  return `${time} sbc1 opensips[812]: NOTICE:REGISTER: Failed registration logged to database - ${user}@example.com from ${ip}:5060, response ${response}\n`
}

export const LINE_BYTES = lineOf(0, 0).length

const WHOLE =
  /^\d{4}-\S+ sbc1 opensips\[812\]: NOTICE:REGISTER: Failed .* - (\d+)@example\.com from [\d.]+:5060, response (?:403|503) [A-Za-z ]+$/

/** The number of a line as it was written; null: it is garbled. */
export function numberOf(line: string): number | null {
  const found = line.length === LINE_BYTES - 1 ? WHOLE.exec(line) : null
  return found ? Number(found[1]) : null
}
