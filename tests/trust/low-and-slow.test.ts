import { beforeAll, describe, expect, test } from 'vitest'
import type { Ban } from '../../src/types.ts'
import { DAY } from '../decide/samples.ts'
import { HOUR, MINUTE } from '../detect/samples.ts'
import { dice } from './dice.ts'
import { type Place, Server, START } from './server.ts'

const PHONES = 2000
const ATTACKERS = 1000
const VICTIMS = ['1003', '1404', '1805', '2206', '2607']
const nameOf = (i: number) => String(1000 + i)

/** 10.0.0.0/8 phones, four to an address; 203.0.x.x where users roam; 45.0.0.0/8 attackers, each in a /24 of its own. */
const phoneAt = (i: number): Place => ({ ip: `10.${i >> 10}.${(i >> 2) & 255}.9`, port: 5060 + (i & 3), transport: 'udp' })
const roamingAt = (n: number): Place => ({ ip: `203.${n >> 8}.${n & 255}.77`, port: 5060, transport: n % 2 === 0 ? 'udp' : 'tcp' })
const attackerAt = (n: number): Place => ({ ip: `45.${n >> 8}.${n & 255}.66`, port: 5060, transport: n % 4 === 0 ? 'tcp' : 'udp' })

/**
 * A week of 2,000 phones that register every hour, 100 typing errors a day from places never seen before, and from the second day on 1,000
 * addresses that try once an hour, each on the five users in turn. Registrations of the phones are written every fourth hour (84,000 instead
 * of 336,000 lines), so that it takes seconds.
 */
function week() {
  const server = new Server({ challenges: false })
  const roll = dice(7)
  const typos = new Set<string>()
  for (let i = 0; i < PHONES; i++) {
    const place = phoneAt(i)
    server.every(
      () => 4 * HOUR,
      () => server.register(place, nameOf(i), 4 * 3600),
      START + roll(4 * HOUR),
    )
  }
  for (let n = 0; n < 700; n++) {
    const place = roamingAt(n)
    const user = n % 20 === 0 ? VICTIMS[(n / 20) % VICTIMS.length]! : nameOf(roll(PHONES))
    const isVictim = VICTIMS.includes(user)
    // A user under attack who errs twice over UDP, or once over TCP, cannot be told from the attackers.
    const from: Place = isVictim ? { ...place, transport: 'udp' } : place
    const errors = isVictim ? 1 : 1 + roll(4)
    const atMs = START + roll(7 * DAY - HOUR)
    for (let k = 0; k < errors; k++) server.at(atMs + k * 20_000, () => server.fail(from, user))
    server.at(atMs + errors * 20_000, () => server.register(from, user))
    typos.add(place.ip)
  }
  for (let n = 0; n < ATTACKERS; n++) {
    let turn = n
    server.every(
      () => HOUR - MINUTE + roll(2 * MINUTE),
      () => {
        server.fail(attackerAt(n), VICTIMS[turn++ % VICTIMS.length]!)
      },
      START + DAY + roll(HOUR),
    )
  }
  server.run(START + 7 * DAY)
  return { server, typos }
}

describe('a thousand addresses that try once an hour, on five users among 2,000, for six days', () => {
  let server: Server
  let typos: ReadonlySet<string>
  let banned: Map<string, Ban[]>
  beforeAll(() => {
    ;({ server, typos } = week())
    banned = Map.groupBy(server.bans, ({ ip }) => ip)
  }, 120_000)

  test('all five users are named as under attack, and nobody else', () => {
    expect(new Set(server.said('user_under_attack').map(({ key }) => key))).toEqual(new Set(VICTIMS.map((user) => `${user}@example.com`)))
  })
  test('at least 95 % of the addresses are banned', () => {
    const attackers = Array.from({ length: ATTACKERS }, (_, n) => attackerAt(n).ip).filter((ip) => banned.has(ip))
    expect(attackers.length).toBeGreaterThanOrEqual(0.95 * ATTACKERS)
  })
  test('no phone’s address is banned', () => {
    expect([...banned.keys()].filter((ip) => ip.startsWith('10.'))).toEqual([])
    expect(server.registeredCut).toEqual([])
  })
  test('nobody is banned for his own typing errors at a place never seen before', () => {
    expect(typos.size).toBe(700)
    expect([...typos].filter((ip) => banned.has(ip))).toEqual([])
  })
})
