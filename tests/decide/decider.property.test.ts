import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from '../../src/address.ts'
import type { Decider } from '../../src/decide/decider.ts'
import { createDecider, createTrustBook } from '../../src/decide/index.ts'
import type { Offence } from '../../src/kept.ts'
import type { Ban } from '../../src/types.ts'
import { HOUR, jailOf, MINUTE } from '../detect/samples.ts'
import { detectionOf, WEEK } from './samples.ts'

const IPS = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']
const jails = [
  jailOf({ name: 'short', bantimeMs: 10 * MINUTE, increment: { factor: 2, maxtimeMs: HOUR } }),
  jailOf({ name: 'long', bantimeMs: HOUR, increment: { factor: 3, maxtimeMs: 5 * HOUR } }),
]
const trust = createTrustBook(WEEK)

const step = fc.record({
  action: fc.constantFrom('decide', 'decide', 'decide', 'unban', 'expire', 'restart'),
  ip: fc.constantFrom(...IPS),
  jails: fc.subarray(['short', 'long'], { minLength: 1 }),
  passes: fc.integer({ min: 0, max: 60 }),
  late: fc.integer({ min: 0, max: 30 }),
})

/** The rules said plainly, per network: when its ban ends, which it was, when it is forgotten. */
class Model {
  readonly #known = new Map<string, { untilMs: number; nth: number; forgetMs: number }>()

  decide(network: string, names: readonly string[], atMs: number, nowMs: number): string {
    const before = this.#known.get(network)
    const nth = before && before.forgetMs > nowMs ? before.nth + 1 : 1
    const bans = names.map((name) => {
      const { bantimeMs, increment } = jails.find((jail) => jail.name === name)!
      return {
        name,
        maxtimeMs: increment!.maxtimeMs,
        untilMs: atMs + Math.min(bantimeMs! * increment!.factor ** (nth - 1), increment!.maxtimeMs),
      }
    })
    const best = bans.filter(({ untilMs }) => untilMs > nowMs).sort((a, b) => b.untilMs - a.untilMs)[0]
    if (!best) return 'too-old'
    if (before && before.untilMs > nowMs) return 'already-banned'
    this.#known.set(network, { untilMs: best.untilMs, nth, forgetMs: Math.max(best.untilMs + best.maxtimeMs, before?.forgetMs ?? 0) })
    return `${best.name} ${nth} ${best.untilMs}`
  }

  unban(network: string): void {
    this.#known.delete(network)
  }

  banned(nowMs: number): string[] {
    return [...this.#known].filter(([, { untilMs }]) => untilMs > nowMs).map(([network]) => network)
  }
}

/** What the state keeps of drained changes. */
class Journal {
  readonly #bans = new Map<string, Ban>()
  readonly #offences = new Map<string, Offence>()

  take(decider: Decider): void {
    const { bans, lifted, offences, forgiven } = decider.drain()
    for (const ip of lifted) this.#bans.delete(ip)
    for (const ban of bans) this.#bans.set(ban.ip, ban)
    for (const ip of forgiven) this.#offences.delete(ip)
    for (const offence of offences) this.#offences.set(offence.ip, offence)
  }

  restored(): Decider {
    const decider = createDecider({ jails, trust, node: 'node-a', unprovedMaxMs: HOUR })
    decider.restore([...this.#bans.values()], [...this.#offences.values()])
    return decider
  }
}

test('any order of detections, unbans, expiries and restarts decides as the rules say', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const model = new Model()
      const journal = new Journal()
      let decider = journal.restored()
      let nowMs = 0
      for (const { action, ip, jails: names, passes, late } of steps) {
        nowMs += passes * MINUTE
        if (action === 'decide') {
          const atMs = nowMs - late * MINUTE
          const decisions = decider.decide(
            names.map((jail) => detectionOf({ ip, jail, atMs })),
            nowMs,
          )
          const ban = decisions.find((decision) => decision.type === 'ban')
          const outcome = ban ? `${ban.ban.jail} ${ban.ban.nth} ${ban.ban.untilMs}` : model.decide(networkOf(ip), names, atMs, nowMs)
          if (ban) expect(outcome).toBe(model.decide(networkOf(ip), names, atMs, nowMs))
          else expect(decisions.map((decision) => decision.type === 'skip' && decision.why)).toContain(outcome)
        } else if (action === 'unban') {
          decider.unban(ip)
          model.unban(networkOf(ip))
        } else if (action === 'expire') {
          for (const ban of decider.expire(nowMs)) expect(ban.untilMs).toBeLessThanOrEqual(nowMs)
        } else {
          journal.take(decider)
          decider = journal.restored()
        }
        const active = decider.active(nowMs).map((ban) => ban.prefix ?? ban.ip)
        expect(active.sort()).toEqual(model.banned(nowMs).sort())
        for (const one of IPS) expect(decider.find(one, nowMs) !== null).toBe(active.includes(networkOf(one)))
      }
    }),
  )
})
