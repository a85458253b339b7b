import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import type { Row } from './attacks.ts'
import { type Cell, isStopped, PHONE_REGISTERS, runCell, usersUnderAttack } from './cell.ts'
import { sparesTheInnocent } from './innocents.ts'

/**
 * Seconds between two requests of a tool, slower than it would: whether one more slips in between the deciding line and the kernel must
 * not depend on how busy the machine is. `npm run lab` has them at full pace.
 */
const CALM = 0.2

describe.skipIf(needs('root', 'ip', 'nft', 'kamailio', 'sipp', 'svcrack', 'python3', 'stdbuf'))(
  'sipguard, maxretry 5, before a real Kamailio',
  () => {
    /** In each of them a phone and a carrier go about their business meanwhile. */
    async function attacked(row: Row, seconds: number, pauseS?: number): Promise<Cell> {
      const cell = await runCell(row, 'sipguard', seconds, pauseS)
      expect(cell).toMatchObject({ phoneRegisters: PHONE_REGISTERS, carrierAnswered: true })
      return cell
    }

    test.each<[Row, number, number?]>([
      ['brute-force', 4, CALM],
      ['brute-force-6', 4, CALM],
      ['brute-force-slow', 7],
    ])('%s gets five passwords judged', async (row, seconds, pauseS) => {
      const cell = await attacked(row, seconds, pauseS)
      expect(cell.judged).toBe(5)
      expect(isStopped(cell)).toBe(true)
      expect(cell.bans).toMatchObject([{ jail: 'sip-auth', count: 5 }])
    })

    test.each<[Row, number, string]>([
      ['enumeration', 20, 'sip-auth'],
      ['door-knock', 20, 'sip-knock'],
      ['scan', 2, 'sip-scanner'],
    ])('%s gets at most %i answers', async (row, most, jail) => {
      const cell = await attacked(row, 3, CALM / 4)
      expect(cell.answers).toBeLessThanOrEqual(most)
      expect(isStopped(cell)).toBe(true)
      expect(cell.bans[0]).toMatchObject({ scope: 'address', jail })
    })

    test('a flood of REGISTERs without credentials, by an ordinary User-Agent, is banned', async () => {
      const cell = await attacked('flood', 4)
      expect(isStopped(cell)).toBe(true)
      expect(cell.bans[0]).toMatchObject({ scope: 'address', jail: 'sip-rate-register' })
    })

    test('of 50 addresses that try four passwords of one user each hardly any gets a third judged, and the user is named', async () => {
      const cell = await attacked('stuffing', 6)
      expect(cell.judged).toBeLessThanOrEqual(110)
      expect(usersUnderAttack(cell)).toContain('1001@example.com')
    })

    sparesTheInnocent(attacked, CALM)
  },
)
