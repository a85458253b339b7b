import type { Transport } from '../../src/types.ts'
import { MINUTE, SECOND } from '../detect/samples.ts'
import { dice } from './dice.ts'
import { type Place, Server, type ServerOptions } from './server.ts'

export const OFFICE = '203.0.113.5'
export const USERS = Array.from({ length: 50 }, (_, i) => String(1000 + i))
/** The one whose password was changed. */
export const OLD = USERS[7]!
const AT_A_CONNECTION = new Set<Transport | null>(['tcp', 'tls'])

/** Fifty phones behind one address, each from a port of its own; `rebind` gives them all other ports, some of which were another's. */
export class Office {
  readonly server: Server
  readonly phones = new Map<string, Place>()
  /** Users whose registration did not get through. */
  readonly lost: string[] = []
  readonly roll = dice(5)
  readonly transport: Transport | null

  constructor(transport: Transport | null, given: ServerOptions = {}) {
    this.server = new Server(given)
    this.transport = transport
    this.rebind(20_000)
  }

  rebind(firstPort: number): void {
    USERS.forEach((user, i) => {
      this.phones.set(user, { ip: OFFICE, port: firstPort + ((i * 7) % USERS.length), transport: this.transport })
    })
  }

  place(user: string): Place {
    return this.phones.get(user)!
  }

  /** All but the one with the old password register now, and again and again. */
  openUp(fromMs: number): void {
    for (const user of USERS) {
      const again = () => (30 + this.roll(30)) * MINUTE
      if (user !== OLD) this.server.every(again, () => this.register(user), fromMs + this.roll(30 * MINUTE))
    }
  }

  register(user: string): void {
    if (!this.server.register(this.place(user), user)) this.lost.push(user)
  }

  /** The phone whose password was changed tries every 30 seconds. Over TCP that is another connection, another port, each time. */
  goStale(fromMs: number): void {
    this.server.every(
      () => 30 * SECOND,
      () => {
        this.server.fail(this.place(OLD), OLD)
        if (AT_A_CONNECTION.has(this.transport)) this.phones.set(OLD, { ...this.place(OLD), port: 30_000 + this.roll(30_000) })
      },
      fromMs,
    )
  }

  get wholeBans() {
    return this.server.bans.filter(({ scope }) => scope !== 'endpoint')
  }
}
