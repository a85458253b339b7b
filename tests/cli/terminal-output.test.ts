import { describe, expect, test } from 'vitest'
import { textWidth } from '../../src/cli/width.ts'
import { aBan, prefixBan } from '../api/fake-control.ts'
import { anEventRow, aPhone, aUserRow, HOSTILE } from '../api/records-samples.ts'
import { needs } from '../require.ts'
import { bin, sipguard } from '../sipguard.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { inTerminal } from './terminal.ts'

const running = fakeDaemon()
const COLOUR = /\x1b\[\d*m/g

function fill(): void {
  const { active, database } = running().control
  active.push(aBan(), prefixBan(), aBan({ ip: '2001:db8:1111:2222:3333:4444:5555:6666', jail: 'sip-rate-register-of-a-long-name' }))
  database.events.push(
    anEventRow({ userAgent: `friendly-scanner ${'x'.repeat(300)}`, reason: 'Not allowed to register from there' }),
    anEventRow({ userAgent: HOSTILE, user: '日本語'.repeat(20) }),
  )
  database.users.push(aUserRow(), aUserRow({ user: 'u'.repeat(60), domain: 'd'.repeat(60) }))
  database.phones.push(aPhone(), aPhone({ userAgent: '電話機'.repeat(30), ip: '2001:db8:1111:2222:3333:4444:5555:6666' }))
}

describe.skipIf(needs('python3'))('on a terminal', () => {
  const LISTS = [
    ['bans', 80, 3],
    ['bans', 200, 3],
    ['events', 80, 2],
    ['events', 200, 2],
    ['users', 80, 2],
    ['phones', 80, 2],
    ['phones', 200, 2],
  ] as const

  test.each(LISTS)('%s fits %i columns, one line a row, and has colours', async (list, columns, rows) => {
    fill()
    const argv = [process.execPath, bin, list, '--state', running().stateDir]
    const { status, out } = await inTerminal(argv, { columns, env: { NO_COLOR: undefined } })
    expect(status).toBe(0)
    expect(out).toMatch(COLOUR)
    const lines = out.trimEnd().split('\n')
    expect(lines).toHaveLength(rows + 1)
    for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(columns)
    expect(out.replace(COLOUR, '')).not.toContain('\x1b')
    if (list === 'bans') expect(out).toContain('2001:db8::/64 (2001:db8::7)')
  })
  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('there is no colour with %j', async (env) => {
    fill()
    const { out } = await inTerminal([process.execPath, bin, 'bans', '--state', running().stateDir], { env })
    expect(out).toContain('192.0.2.7')
    expect(out).not.toContain('\x1b')
  })
})

test('in a pipe nothing is coloured, and nothing is cut', async () => {
  fill()
  for (const list of ['bans', 'events', 'status', 'filter list']) {
    const daemon = /list$/.test(list) ? [] : ['--state', running().stateDir]
    const { status, out } = await sipguard([...list.split(' '), ...daemon], { env: { COLUMNS: '40' } })
    expect(status).toBe(0)
    expect(out).not.toMatch(/[\x1b…]/)
    if (list === 'events') expect(out).toContain('x'.repeat(300))
  }
})
