import { expect, test } from 'vitest'
import type { Row } from './attacks.ts'
import { type Cell, isStopped } from './cell.ts'
import { CARRIER, OFFICE, PHONE, UNKNOWN } from './network.ts'

const HOUR_MS = 36e5

/** What no guard of ours does to those who are not the attacker, whatever it hears. */
export function sparesTheInnocent(attacked: (row: Row, seconds: number, pauseS?: number) => Promise<Cell>, calmS: number): void {
  test('an attacker behind the address of a registered phone loses his endpoint, and the phone nothing', async () => {
    const cell = await attacked('behind-phone', 4, calmS)
    expect(isStopped(cell)).toBe(true)
    expect(cell.judged).toBe(5)
    expect(cell.bans).toMatchObject([{ ip: OFFICE, scope: 'endpoint', transport: 'udp' }])
  })

  test('forged failures and knocks cost a carrier and a phone nothing, and an unknown address an hour', async () => {
    const { bans, alerts } = await attacked('forged', 4)
    const suffering = bans.filter(({ scope }) => scope === 'address')
    expect(suffering.map(({ ip }) => ip)).toEqual([UNKNOWN])
    for (const ban of suffering) expect(lastsMs(ban)).toBe(HOUR_MS)
    expect(bans.filter(({ ip }) => ip === CARRIER)).toEqual([])
    expect(alerts).toContainEqual(expect.objectContaining({ alert: 'peer_failing', ip: CARRIER }))
    expect(alerts).toContainEqual(expect.objectContaining({ ip: PHONE }))
  })
}

/** Of a ban as `watch --json` prints it. */
export const lastsMs = ({ at, until }: Record<string, unknown>): number => Date.parse(String(until)) - Date.parse(String(at))
