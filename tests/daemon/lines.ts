/** Lines as an OpenSIPS writes them to syslog, with the time of now unless told otherwise. */

const prefix = (atMs: number) => `${new Date(atMs).toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: `

/** A registration refused: counts in sip-auth, which bans at the tenth. */
export function failure(ip: string, { atMs = Date.now(), user = '1001' }: { atMs?: number; user?: string } = {}): string {
  return `${prefix(atMs)}NOTICE:REGISTER: Failed registration logged to database - ${user}@example.com from ${ip}:5060, response 403 Forbidden\n`
}

export function failures(count: number, ip: string, options: { atMs?: number; user?: string } = {}): string {
  return Array.from({ length: count }, () => failure(ip, options)).join('')
}

/** The same over TCP, where the source is proved: bans of it add up. */
export function provedFailures(count: number, ip: string, atMs: number): string {
  const line = `${prefix(atMs)}WARNING:Auth failed: ip=${ip}:5060 proto=tcp method=REGISTER rc=-1 user=1001 realm=example.com ua=x\n`
  return line.repeat(count)
}

/** A line that no rule knows. */
export function chatter(text: string | number, atMs = Date.now()): string {
  return `${prefix(atMs)}INFO:core:chatter: ${text}\n`
}

/** A registration that succeeded, until a minute later: its address is one of phones. */
export function success(ip: string, { atMs = Date.now(), user = '1001' }: { atMs?: number; user?: string } = {}): string {
  return `${prefix(atMs)}NOTICE:Registered: ip=${ip}:5060 proto=udp expires=60 user=${user} domain=example.com contact=<sip:${user}@${ip}> ua=x\n`
}
