import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { type Guard, Lab } from './lab.ts'
import { ATTACKERS, PHONE, SBC } from './network.ts'

const [SCANNER, GUESSER] = ATTACKERS as [string, string]

describe.skipIf(needs('root', 'ip', 'nft', 'kamailio', 'sipp', 'svcrack'))('watch --enforce nftables before a real Kamailio', () => {
  let lab: Lab
  let guard: Guard

  beforeAll(async () => {
    lab = new Lab()
    await lab.startKamailio()
    guard = await lab.startGuard([lab.log], '--enforce', 'nftables')
  })
  afterAll(() => lab.end())

  const ruleset = () => lab.run('sbc', 'nft', ['list', 'table', 'inet', 'sipguard'])

  test('a password guesser is cut off in the kernel while a phone on another address keeps registering', async () => {
    expect(await lab.register({ times: 3 })).toBe(3)
    // Slowly enough for Kamailio’s own flood detection.
    const judgedOf20 = await lab.register({ times: 20, from: GUESSER, user: '1001', password: 'wrong', perSecond: 3 })

    expect(guard.printed('ban')).toMatchObject([{ ip: GUESSER, scope: 'address', jail: 'sip-auth', nth: 1, count: 10 }])
    expect(await ruleset()).toContain(GUESSER)
    expect(judgedOf20).toBeGreaterThanOrEqual(10)
    expect(judgedOf20).toBeLessThan(14)
    expect(await lab.register({ times: 1, from: GUESSER, user: '1002' })).toBe(0)

    expect(await lab.register({ times: 3 })).toBe(3)
    expect(guard.printed('ban').map(({ ip }) => ip)).toEqual([GUESSER])
  })

  test('svcrack is cut off at its first request', async () => {
    const flags = ['-u', '1001', '-r', '1000-9999', '-t', '0.05', '--maximumtime', '2', '--domain', 'example.com']
    await lab.run('attacker', 'timeout', ['3', 'svcrack', ...flags, SBC])
    expect(guard.printed('ban').at(-1)).toMatchObject({ ip: SCANNER, jail: 'sip-scanner' })
    expect(await ruleset()).toContain(SCANNER)
  })

  test('unban lets the address back in at once, and the phone’s successes were recognised', async () => {
    expect(await lab.sipguard('unban', GUESSER)).toContain(GUESSER)
    expect(await ruleset()).not.toContain(GUESSER)
    expect(await lab.register({ times: 1, from: GUESSER, user: '1003' })).toBe(1)
    const status = JSON.parse(await lab.sipguard('status', '--json'))
    expect(status.totals.events.registration).toBeGreaterThanOrEqual(7)
    expect(readFileSync(lab.log, 'utf8')).toContain(`Registered: ip=${PHONE}:5066`)
  })

  test('a ban outlives a kill -9 of the guard, and is there when it comes back', async () => {
    await lab.sipguard('ban', '192.0.2.99', '--for', '1h')
    const ended = once(guard.child, 'exit')
    guard.child.kill('SIGKILL')
    await ended
    expect(await ruleset()).toContain('192.0.2.99')
    guard = await lab.startGuard([lab.log], '--enforce', 'nftables')
    expect(guard.printed('restore-ban').map(({ ip }) => ip)).toContain('192.0.2.99')
    expect(await lab.sipguard('bans')).toContain('192.0.2.99')
  })
})
