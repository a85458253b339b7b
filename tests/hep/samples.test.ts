import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createHepReader } from '../../src/hep/index.ts'
import type { SipEvent } from '../../src/types.ts'

const folder = join(dirname(join(import.meta.dirname, '../..')), 'shared/hep')
const isThere = existsSync(join(folder, 'index.json'))
if (!isThere) console.warn(`SKIPPED: there are no HEP samples at ${folder}`)

const SELF = ['198.51.100.1', '2001:db8:100::1']

/** What the packets of each kind mean, heard one after another; the rest, such as a request that is answered, says nothing yet. */
const EXPECTED: Readonly<Record<string, string>> = {
  'register-401': 'auth_challenge 203.0.113.10:5066 1010@example.com 401',
  'register-200': 'registration 203.0.113.10:5066 1010@example.com 200 proved',
  'register-200-v6': 'registration 2001:db8:203::10:5066 1010@example.com 200',
  'bruteforce-403': 'failed_registration 192.0.2.10:5061 1001@example.com 403',
  'bruteforce-403-v6': 'failed_registration 2001:db8::20:5061 1001@example.com 403',
  'cracked-200': 'registration 192.0.2.15:5061 1050@example.com 200',
  'doorknock-403': 'door_knock 192.0.2.14:5061 1001@foo.com 403',
  'enumerate-404': 'door_knock 192.0.2.11:5062 (random)@example.com 404',
  'enumerate-401': 'auth_challenge 192.0.2.11:5062 1000@example.com 401',
  'scan-404': 'door_knock 192.0.2.12:5063 100@1.1.1.1 404',
}
const UNANSWERED = ['door_knock 192.0.2.12:5063 100@1.1.1.1 null', 'request 192.0.2.13:5070 ping@example.com null']

function brief({ kind, ip, port, user, domain, code, proved }: SipEvent): string {
  return `${kind} ${ip}:${port} ${user?.replace(/^\d{10}$/, '(random)')}@${domain} ${code}${proved ? ' proved' : ''}`
}

describe.skipIf(!isThere)('what Kamailio and OpenSIPS mirrored', () => {
  interface Sample {
    file: string
    server: string
    kind: string
    hep: { ts_sec: number; ts_usec: number }
  }
  const samples = isThere ? (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Sample[]) : []

  test.each(['kamailio', 'opensips'])('every packet of %s gives the right event', (server) => {
    const reader = createHepReader({ isSelf: (ip) => SELF.includes(ip), key: null })
    const found: Record<string, string> = {}
    let nowMs = 0
    for (const { file, kind, hep } of samples.filter((sample) => sample.server === server)) {
      const sentMs = hep.ts_sec * 1000 + Math.floor(hep.ts_usec / 1000)
      nowMs = Math.max(nowMs, sentMs)
      for (const event of reader.read(readFileSync(join(folder, file)), nowMs, file)) {
        found[kind] = brief(event)
        expect(event).toMatchObject({ id: file, atMs: sentMs, why: null, transport: 'udp' })
      }
    }
    expect(found).toEqual(EXPECTED)
    expect(reader.tick(nowMs + 2000).map(brief)).toEqual(UNANSWERED)
    expect(Object.values(reader.refused).every((count) => count === 0)).toBe(true)
  })
})
