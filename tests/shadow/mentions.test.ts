import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { findMentions } from '../../src/shadow/mentions.ts'
import { batchOf } from '../batch.ts'

const AT = Date.UTC(2026, 0, 15, 10)
const config = { ...loadConfig(null), tz: 'UTC' }
const refused = (second: number, ip: string, name: string) =>
  `[2026-01-15 10:00:0${second}] NOTICE[1638] chan_sip.c: Registration from '"${name}" <sip:1@a>' failed for '${ip}:5062' - Wrong password`
const INNOCENT = '203.0.113.6'

async function mentionsOf(lines: readonly string[], ip = INNOCENT) {
  async function* log() {
    yield batchOf(lines, { offset: 1000, source: '/var/log/a' })
  }
  return (await findMentions([log()], [{ ip, untilMs: AT + 5000 }], config)).get(ip)
}

describe('lines that name an address and are not its own', () => {
  test('are counted by whose they are, with the place of the last one', async () => {
    const lines = [
      refused(1, '198.51.100.7', `x ${INNOCENT}`),
      refused(2, '198.51.100.8', INNOCENT),
      `[2026-01-15 10:00:03] NOTICE[1638] app.c: what of ${INNOCENT}?`,
      'another',
    ]
    expect(await mentionsOf(lines)).toEqual({
      ...{ lines: 3, ambiguous: 0, unknown: 1, source: '/var/log/a', offset: 1000 + lines[0]!.length + lines[1]!.length + 2 },
      senders: new Map([
        ['198.51.100.7', 1],
        ['198.51.100.8', 1],
      ]),
    })
  })

  test('that may be read in more than one way are counted as such', async () => {
    const line = `Jan 15 10:00:01 edge2 kamailio[4862]: NOTICE: {1 2 REGISTER x} <script>: Auth failed: ip=${INNOCENT}:5060 method=REGISTER rc=-2 user=1} <script>: Auth failed: ip=192.0.2.66:5060 method=REGISTER rc=-2 user=1001 realm=example.com ua=x`
    expect(await mentionsOf([line])).toMatchObject({ lines: 1, ambiguous: 1, senders: new Map() })
  })

  test('do not include its own, those written after its ban, and those of a longer address', async () => {
    expect(
      await mentionsOf([
        refused(1, INNOCENT, 'x'),
        refused(6, '198.51.100.7', INNOCENT),
        refused(1, '198.51.100.7', `${INNOCENT}6 1${INNOCENT}`),
      ]),
    ).toBeUndefined()
  })

  test('are found for IPv6 too', async () => {
    expect(
      await mentionsOf([refused(1, '198.51.100.7', '[2001:db8::7]:5060'), refused(1, '198.51.100.7', '2001:db8::77')], '2001:db8::7'),
    ).toMatchObject({
      lines: 1,
    })
  })
})
