import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import type { Row } from './attacks.ts'
import { type Cell, isStopped, PHONE_REGISTERS, runCell } from './cell.ts'
import { lastsMs, sparesTheInnocent } from './innocents.ts'
import { Lab, until } from './lab.ts'
import { ATTACKERS } from './network.ts'

/** As in matrix.test.ts: slower than the tools would, so that a busy machine makes no difference. */
const CALM = 0.2
const HOUR_MS = 36e5
const DAY_MS = 24 * HOUR_MS

describe.skipIf(needs('root', 'ip', 'nft', 'kamailio', 'sipp', 'svcrack', 'python3', 'stdbuf'))(
  'sipguard, maxretry 5, that hears what a real Kamailio mirrors, and reads no log',
  () => {
    /** In each of them a phone and a carrier go about their business meanwhile. */
    async function attacked(row: Row, seconds: number, pauseS?: number): Promise<Cell> {
      const cell = await runCell(row, 'sipguard-hep', seconds, pauseS)
      expect(cell).toMatchObject({ phoneRegisters: PHONE_REGISTERS, carrierAnswered: true })
      return cell
    }

    test('svcrack gets five passwords judged, and is banned for the whole bantime: it answered challenges to its own address', async () => {
      const cell = await attacked('brute-force', 4, CALM)
      expect(cell.judged).toBe(5)
      expect(isStopped(cell)).toBe(true)
      expect(cell.bans).toMatchObject([{ jail: 'sip-auth', count: 5, scope: 'address' }])
      expect(lastsMs(cell.bans[0]!)).toBe(DAY_MS)
    })

    test.each<[string, Row, number, string]>([
      ['svwar', 'enumeration', 20, 'sip-knock'],
      ['svmap', 'scan', 2, 'sip-scanner'],
    ])('%s (%s) gets at most %i answers', async (_, row, most, jail) => {
      const cell = await attacked(row, 3, CALM / 4)
      expect(cell.answers).toBeLessThanOrEqual(most)
      expect(isStopped(cell)).toBe(true)
      expect(cell.bans[0]).toMatchObject({ scope: 'address', jail })
    })

    sparesTheInnocent(attacked, CALM)

    test('who comes back after his ban is banned for longer', async () => {
      const [guesser] = ATTACKERS as [string]
      const lab = new Lab()
      try {
        await lab.startKamailio({ pike: false, hep: true })
        const config = join(lab.dir, 'sipguard.yaml')
        const growth = 'bantime: 1s, bantime.increment: { factor: 60, maxtime: 1h }'
        writeFileSync(config, `enforce: nftables\nhep: udp://127.0.0.1:9060\njails: { sip-auth: { maxretry: 3, ${growth} } }\n`)
        const guard = await lab.startGuard([], '--config', config)
        await lab.call('attacker', 'stuff', 3, 20, guesser)
        await until('the ban is over', async () => guard.printed('unban').length === 1)
        await lab.call('attacker', 'stuff', 3, 20, guesser)
        await until('he is banned again', async () => guard.printed('ban').length === 2)
        expect(guard.printed('ban').map((ban) => [ban.ip, ban.nth, lastsMs(ban)])).toEqual([
          [guesser, 1, 1000],
          [guesser, 2, 60_000],
        ])
      } finally {
        await lab.end()
      }
    })
  },
)
