import { describe, expect, test } from 'vitest'
import type { Transport } from '../../src/types.ts'
import { DAY } from '../decide/samples.ts'
import { HOUR, MINUTE, SECOND } from '../detect/samples.ts'
import { OFFICE, Office, OLD, USERS } from './office.ts'
import { START } from './server.ts'

describe.each([
  ['UDP', 'udp'],
  ['a log that names no transport', null],
  ['TCP', 'tcp'],
] as const)('an office of 50 phones, %s', (_, transport) => {
  test('with one old password is never banned in a week; the old password is told, once an hour', () => {
    const office = new Office(transport)
    const { server } = office
    server.register(office.place(OLD), OLD)
    office.openUp(START)
    office.goStale(START + MINUTE)
    server.run(START + 7 * DAY)
    expect(office.wholeBans).toEqual([])
    expect(server.registeredCut).toEqual([])
    expect(office.lost).toEqual([])
    const told = server.said('phone_old_password')
    expect(new Set(told.map(({ user }) => user))).toEqual(new Set([`${OLD}@example.com`]))
    expect(told.length).toBeGreaterThan(24)
    told.forEach(({ atMs }, i) => {
      if (i > 0) expect(atMs - told[i - 1]!.atMs).toBeGreaterThanOrEqual(HOUR)
    })
  })

  test('is never banned when its line comes back after a weekend', () => {
    const office = new Office(transport)
    const { server, roll } = office
    for (const user of USERS) server.at(START + roll(30 * MINUTE), () => office.register(user))
    server.run(START + HOUR)
    // Nothing for sixty hours: every registration is over. The router gives them other ports, half of them once another phone's.
    office.rebind(20_025)
    const monday = START + 61 * HOUR
    office.goStale(monday)
    office.openUp(monday + 5 * MINUTE)
    USERS.forEach((user, i) => {
      if (user === OLD) return
      const atMs = monday + roll(3 * SECOND)
      const failures = i % 2 === 0 ? 1 + roll(3) : 0
      for (let k = 0; k < failures; k++) server.at(atMs + 4 * k * SECOND, () => server.fail(office.place(user), user))
      server.at(atMs + 4 * failures * SECOND, () => office.register(user))
    })
    server.run(monday + 3 * HOUR)
    expect(office.wholeBans).toEqual([])
    expect(server.registeredCut).toEqual([])
    expect(office.lost).toEqual([])
    expect(server.said('phones_cut_off')).toEqual([])
    expect(server.said('credential_suspect')).toEqual([])
    expect(new Set(server.said('phone_old_password').map(({ user }) => user))).toEqual(new Set([`${OLD}@example.com`]))
  })
})

describe('an insider who sweeps 200 users', () => {
  const sweep = (transport: Transport | null, connections: boolean) => {
    const office = new Office(transport)
    const { server } = office
    for (const user of USERS) server.at(START, () => office.register(user))
    let tried = 0
    for (let i = 0; i < 200; i++) {
      const place = { ip: OFFICE, port: connections ? 40_000 + i : 40_000, transport }
      server.at(START + MINUTE + i * SECOND, () => {
        if (server.fail(place, String(2000 + i))) tried++
      })
    }
    server.run(START + 30 * MINUTE)
    return { office, server, tried }
  }

  test.each(['udp', null] as const)(
    'from an unregistered port (transport %s) loses that port within 10 users, and nobody else anything',
    (transport) => {
      const { office, server, tried } = sweep(transport, false)
      expect(tried).toBe(10)
      expect(server.bans).toMatchObject([
        { ip: OFFICE, scope: 'endpoint', port: 40_000, transport, nth: 1, level: 'phone', evidence: 'unproved' },
      ])
      expect(server.bans[0]!.untilMs! - server.bans[0]!.fromMs).toBe(10 * MINUTE)
      expect(USERS.every((user) => server.reaches(office.place(user)))).toBe(true)
      expect(new Set(server.alerts.map(({ kind, ip, port }) => `${kind} ${ip} ${port}`))).toEqual(
        new Set([`phone_failing ${OFFICE} 40000`]),
      )
    },
  )

  test.each([false, true])('over TCP (another connection for each: %s) loses the address, and an alert names the phones', (connections) => {
    const { server, tried } = sweep('tcp', connections)
    expect(tried).toBe(6)
    expect(server.bans).toMatchObject([{ ip: OFFICE, scope: 'address', port: null, level: 'phone', evidence: 'proved' }])
    const [alert, ...others] = server.said('phones_cut_off')
    expect(others).toEqual([])
    expect([...alert!.phones].sort()).toEqual(USERS.map((user) => `${user}@example.com`))
  })
})
