import { loadConfig } from '../../src/config/index.ts'
import { Deadlines } from '../../src/decide/deadlines.ts'
import { createPipeline } from '../../src/pipeline.ts'
import type { Alert, AlertKind, Ban, Decision, Transport } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { MINUTE, SECOND } from '../detect/samples.ts'

export const START = Date.UTC(2026, 0, 16, 18)

/** One end of a path to the server. Of a null transport the log says nothing. */
export interface Place {
  readonly ip: string
  readonly port: number
  readonly transport: Transport | null
}

export interface ServerOptions {
  /** Whether the first half of digest authentication is logged too. Default: yes. */
  readonly challenges?: boolean
  /** Called with each line as it is written. */
  readonly onLine?: (line: string) => void
}

/**
 * A SIP server with a guard: actors act when their time comes, what the server logs of it (OpenSIPS, in the words of our snippet; of a
 * transport it does not name, in pbx3sbc's) is read by the real pipeline at once, and a ban takes effect: who is banned reaches nobody.
 */
export class Server {
  readonly bans: Ban[] = []
  readonly alerts: Alert[] = []
  /** Bans that hit a place where somebody was registered. */
  readonly registeredCut: Ban[] = []
  readonly pipeline
  nowMs = START
  #expiredMs = START
  readonly #agenda = new Deadlines<{ readonly atMs: number; readonly act: () => void }>()
  readonly #registered = new Map<string, { readonly place: Place; readonly untilMs: number }>()
  readonly #endpointBans = new Map<string, Ban>()
  readonly #challenges: boolean
  readonly #onLine: ServerOptions['onLine']

  constructor({ challenges = true, onLine }: ServerOptions = {}) {
    this.#challenges = challenges
    this.#onLine = onLine
    this.pipeline = createPipeline({
      config: { ...loadConfig(null), tz: 'UTC' },
      node: 'sbc1',
      clock: 'log',
      observer: { onDecision: (decision) => this.#take(decision) },
    })
  }

  /** `act` happens at that time. */
  at(atMs: number, act: () => void): void {
    this.#agenda.add(atMs, { atMs, act })
  }

  /** `act` happens then, and again after each step. */
  every(stepMs: () => number, act: () => void, firstMs = this.nowMs): void {
    this.at(firstMs, () => {
      act()
      this.every(stepMs, act, this.nowMs + stepMs())
    })
  }

  /** Lets time pass. */
  run(untilMs: number): void {
    for (let next = this.#agenda.take(untilMs); next; next = this.#agenda.take(untilMs)) {
      this.nowMs = next.atMs
      this.#expire()
      next.act()
    }
    this.nowMs = untilMs
  }

  /** Whether a packet from there gets through. */
  reaches({ ip, port, transport }: Place): boolean {
    if (this.pipeline.judge.decider.find(ip, this.nowMs)) return false
    const ban = this.#endpointBans.get(`${ip} ${port}`)
    return !ban || ban.untilMs! <= this.nowMs || ![null, transport].includes(ban.transport)
  }

  /** A registration, as digest authentication has it: refused without credentials, then taken. Whether it got through. */
  register(place: Place, user: string, expires = 3600): boolean {
    if (!this.reaches(place)) return false
    const { ip, port, transport } = place
    this.#challenge(place, user)
    this.write(
      transport === null
        ? `NOTICE:REGISTER: Successful registration - ${user}@example.com from ${ip}:${port} (User-Agent: Yealink, Contact: <sip:${user}@10.0.0.1:5060>)`
        : `NOTICE:Registered: ip=${ip}:${port} proto=${transport} expires=${expires} user=${user} domain=example.com contact=<sip:${user}@10.0.0.1:5060> ua=Yealink`,
    )
    this.#registered.set(`${ip} ${port} ${transport}`, { place, untilMs: this.nowMs + expires * SECOND })
    return true
  }

  /** A registration with a wrong password or of an unknown user. Whether it got through. */
  fail(place: Place, user: string): boolean {
    if (!this.reaches(place)) return false
    const { ip, port, transport } = place
    this.#challenge(place, user)
    this.write(
      transport === null
        ? `WARNING:REGISTER: Failed registration logged to database - ${user}@example.com from ${ip}:${port}, response 403 Forbidden`
        : `WARNING:Auth failed: ip=${ip}:${port} proto=${transport} method=REGISTER rc=-2 user=${user} realm=example.com ua=Yealink`,
    )
    return true
  }

  /** Logs a message, and has the guard read it. */
  write(message: string): void {
    const line = `${new Date(this.nowMs).toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: ${message}`
    this.#onLine?.(line)
    this.pipeline.feed(batchOf([line], { receivedAtMs: this.nowMs }))
  }

  said(kind: AlertKind): Alert[] {
    return this.alerts.filter((alert) => alert.kind === kind)
  }

  #expire(): void {
    if (this.nowMs - this.#expiredMs < MINUTE) return
    this.#expiredMs = this.nowMs
    this.pipeline.judge.expire(this.nowMs)
  }

  #challenge({ ip, port, transport }: Place, user: string): void {
    if (!this.#challenges) return
    this.write(
      transport === null
        ? `NOTICE:REQUEST: REGISTER from ${ip}:${port} to sip:example.com (Call-ID: c${this.nowMs}@10.0.0.1)`
        : `NOTICE:Challenged: ip=${ip}:${port} proto=${transport} method=REGISTER user=${user} domain=example.com ua=Yealink`,
    )
  }

  #take(decision: Decision): void {
    if (decision.type === 'alert') this.alerts.push(decision.alert)
    if (decision.type !== 'ban') return
    const { ban } = decision
    this.bans.push(ban)
    if (ban.scope !== 'endpoint') return
    this.#endpointBans.set(`${ban.ip} ${ban.port}`, ban)
    for (const { place, untilMs } of this.#registered.values()) {
      const same = place.ip === ban.ip && place.port === ban.port && [null, place.transport].includes(ban.transport)
      if (same && untilMs > this.nowMs) this.registeredCut.push(ban)
    }
  }
}
