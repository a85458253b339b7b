import { closeSync, openSync, writeSync } from 'node:fs'

export const SERVERS = ['asterisk', 'opensips'] as const
export type Server = (typeof SERVERS)[number]

export interface LogOptions {
  readonly server: Server
  readonly lines: number
  /** One line of so many is an attacker's: 2 under attack, 100 on a quiet day. */
  readonly every: number
  /** Epoch ms of the first line; 50 of them are a second. Default: a day in January 2026. */
  readonly startMs?: number
}

export const LINES_PER_SECOND = 50
const START_MS = Date.UTC(2026, 0, 15, 10)
const ADDRESSES = 2000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Lines written at once. */
const CHUNK = 10_000

/**
 * What an attacker's line is and where its address stands, as one alternation: a program that only searches for it does the least that any of
 * them must do. The language is that of ripgrep, `grep -E` and JavaScript.
 */
export const ALTERNATIONS: Readonly<Record<Server, string>> = {
  asterisk: [
    "Request '[A-Z]+' from '.*' failed for '[0-9a-f.:]+' .* - ",
    "Registration from '.*' failed for '[0-9a-f.:]+' - ",
    'SecurityEvent="Invalid(Password|AccountID)".*RemoteAddress="IPV[46]/(UDP|TCP|TLS|WS|WSS)/[0-9a-f.:]+/[0-9]+"',
  ].join('|'),
  opensips: [
    'REGISTER: Failed registration logged to database - .* from [0-9a-f.:]+, response [0-9]+ ',
    'Door-knock attempt logged to database - .* from [0-9a-f.:]+$',
    'Scanner detected and logged to database - .* from [0-9a-f.:]+$',
  ].join('|'),
}

/** The same lines at every run, without line ends. */
export function* logLines({ server, lines, every, startMs = START_MS }: LogOptions): Generator<string> {
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const write = WRITERS[server]
  for (let i = 0; i < lines; i++) yield write(startMs + (i * 1000) / LINES_PER_SECOND, i % every === 0, random)
}

/** Writes them to a file, in the time zone UTC. */
export function writeLog(path: string, options: LogOptions): void {
  const file = openSync(path, 'w')
  let chunk: string[] = []
  const flush = () => {
    if (chunk.length > 0) writeSync(file, `${chunk.join('\n')}\n`)
    chunk = []
  }
  for (const line of logLines(options)) if (chunk.push(line) === CHUNK) flush()
  flush()
  closeSync(file)
}

type Writer = (atMs: number, attack: boolean, random: (below: number) => number) => string

const WRITERS: Readonly<Record<Server, Writer>> = {
  asterisk(atMs, attack, random) {
    const time = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
    const user = 100 + random(900)
    const { ip, port } = sourceOf(random)
    const shape = random(3)
    const id = `${random(1e9)}@198.51.100.1`
    if (!attack) {
      if (shape === 0)
        return `[${time}] VERBOSE[1638] res_pjsip_registrar.c: Added contact 'sip:${user}@203.0.113.${random(250)}:5060' to AOR '${user}' with expiration of 3600 seconds`
      if (shape === 1)
        return `[${time}] VERBOSE[2217][C-0000${(4096 + random(4096)).toString(16)}] pbx.c: Executing [${user}@from-internal:1] Dial("PJSIP/${user}-0000${random(9999)}", "PJSIP/${100 + random(900)},20,tT") in new stack`
      return `[${time}] VERBOSE[2217][C-0000${(4096 + random(4096)).toString(16)}] app_dial.c: PJSIP/${user}-0000${random(9999)} is ringing, and the callee's phone takes its time as on any other day`
    }
    if (shape === 0)
      return `[${time}] NOTICE[1638] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '"${user}" <sip:${user}@198.51.100.1>' failed for '${ip}:${port}' (callid: ${id}) - Failed to authenticate`
    if (shape === 1)
      return `[${time}] NOTICE[1638] chan_sip.c: Registration from '"${user}" <sip:${user}@198.51.100.1>' failed for '${ip}:${port}' - Wrong password`
    return `[${time}] SECURITY[1640] res_security_log.c: SecurityEvent="InvalidPassword",EventTV="2026-01-15T10:30:45.000+0000",Severity="Error",Service="PJSIP",EventVersion="2",AccountID="${user}",SessionID="${id}",LocalAddress="IPV4/UDP/198.51.100.1/5060",RemoteAddress="IPV4/UDP/${ip}/${port}",Challenge="1768473045/1e0b7b0a9c"`
  },
  opensips(atMs, attack, random) {
    const date = new Date(atMs)
    const time = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 19)}`
    const { ip, port } = sourceOf(random)
    const shape = random(3)
    const id = `${random(1e9)}@198.51.100.1`
    const header = `${time} sbc1 /usr/sbin/opensips[1234]: `
    if (!attack) {
      if (shape === 0)
        return `${header}INFO:core:script: ACC: transaction answered: timestamp=${Math.floor(atMs / 1000)};method=INVITE;from_tag=${random(1e9)};to_tag=${random(1e9)};call_id=${id};code=200;reason=OK`
      if (shape === 1)
        return `${header}DBG:tm:t_lookup_request: start searching: hash=${random(65_535)}, isACK=0, callid ${id} and some more of it`
      return `${header}INFO:dispatcher:ds_ping: sip:10.0.0.${random(200)}:5060 answered with 200 OK, latency ${random(90)} ms, nothing else to say here`
    }
    if (shape === 0)
      return `${header}REGISTER: Failed registration logged to database - ${1000 + random(900)}@example.com from ${ip}:${port}, response 403 Forbidden`
    if (shape === 1) return `${header}Door-knock attempt logged to database - domain=foo.com from ${ip}:${port}`
    return `${header}Scanner detected and logged to database - user_agent=friendly-scanner from ${ip}:${port}`
  },
}

function sourceOf(random: (below: number) => number): { readonly ip: string; readonly port: number } {
  const host = random(ADDRESSES)
  return { ip: `192.${host >> 8}.2.${host & 255 || 1}`, port: 5060 + random(4) }
}
