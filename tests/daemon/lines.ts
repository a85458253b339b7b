/** Lines as an OpenSIPS writes them to syslog, with the time of now unless told otherwise. */

const prefix = (atMs: number) => `${new Date(atMs).toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: `

/** A registration refused: counts in sip-auth, which bans at the tenth. */
export function failure(ip: string, { atMs = Date.now(), user = '1001' }: { atMs?: number; user?: string } = {}): string {
  return `${prefix(atMs)}NOTICE:REGISTER: Failed registration logged to database - ${user}@example.com from ${ip}:5060, response 403 Forbidden\n`
}

export function failures(count: number, ip: string, options: { atMs?: number; user?: string } = {}): string {
  return Array.from({ length: count }, () => failure(ip, options)).join('')
}

/** A line that no rule knows. */
export function chatter(text: string | number, atMs = Date.now()): string {
  return `${prefix(atMs)}INFO:core:chatter: ${text}\n`
}
