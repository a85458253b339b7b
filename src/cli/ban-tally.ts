import { networkOf } from '../address.ts'
import type { Ban, Decision, SipEvent } from '../types.ts'
import type { SuccessHistory } from './success-history.ts'

const MOST_USERS = 10

/** An address that is banned whole although somebody succeeded from it. */
export interface Risk {
  readonly ip: string
  readonly jail: string
  readonly why: string
  /** At most 10. */
  readonly users: readonly string[]
}

/** One address, or one IPv6 /64. */
export interface Banned {
  /** The first one. */
  readonly ban: Ban
  times: number
}

/** What the bans of one configuration come to. */
export type BanTally = ReturnType<typeof createBanTally>

export function createBanTally() {
  let bans = 0
  const banned = new Map<string, Banned>()
  /** The first ban of each address or /64 that is banned whole. */
  const whole = new Map<string, Ban>()
  /** The newest ban of each address, /64 and endpoint. */
  const standing = new Map<string, Ban>()
  const prevented = new Map<string, number>()

  const covers = (ban: Ban | undefined, atMs: number) =>
    ban !== undefined && ban.fromMs <= atMs && (ban.untilMs === null || atMs < ban.untilMs)

  return {
    /** By IPv4 address or IPv6 /64. */
    banned: banned as ReadonlyMap<string, Banned>,
    get bans() {
      return bans
    },
    decision(decision: Decision): void {
      if (decision.type !== 'ban') return
      const { ban } = decision
      bans++
      const network = networkOf(ban.ip)
      const known = banned.get(network) ?? { ban, times: 0 }
      known.times++
      banned.set(network, known)
      const place = ban.scope === 'endpoint' ? `${ban.ip} ${ban.port}` : (ban.prefix ?? ban.ip)
      standing.set(place, ban)
      if (ban.scope !== 'endpoint' && !whole.has(place)) whole.set(place, ban)
    },
    /** To be told of what counts, before what it led to. */
    counted({ ip, port, atMs }: SipEvent): void {
      if (ip === null) return
      const network = networkOf(ip)
      if (![ip, network, `${ip} ${port}`].some((place) => covers(standing.get(place), atMs))) return
      prevented.set(network, (prevented.get(network) ?? 0) + 1)
    },
    /** Of what counts, how much came from this network while it (or the endpoint) was banned. */
    prevented: (network: string): number => prevented.get(network) ?? 0,
    risks(history: SuccessHistory): Risk[] {
      return [...whole].flatMap(([place, { ip, jail, fromMs }]) => {
        const users = history.at(place)
        if (users.size === 0) return []
        const before = [...users.values()].filter((atMs) => atMs <= fromMs).length
        return [{ ip, jail, why: whyAtRisk(before, users.size), users: [...users.keys()].slice(0, MOST_USERS) }]
      })
    },
  }
}

function whyAtRisk(before: number, users: number): string {
  if (before > 0) return `${before} user(s) registered or authenticated from there before`
  return `${users} user(s) registered or authenticated from there, all after the ban: a mended password, or a guessed one`
}
