import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonicalAddress } from '../../src/address.ts'
import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters, packageRoot } from '../../src/config/index.ts'
import type { Filter } from '../../src/config/types.ts'
import { countedRules, filterFile } from '../../src/emit/fail2ban-filter.ts'
import { readSamples } from '../../src/samples/index.ts'
import { needs } from '../require.ts'
import { findWithFail2Ban } from './fail2ban.ts'

/** Samples that Fail2Ban cannot find for a reason of principle; the emitted file says so. */
const NOT_SAID: Readonly<Record<string, readonly RegExp[]>> = {
  // Behind the stock log_prefix two places where the message may begin: Fail2Ban cannot try both and compare.
  kamailio: [/\{1 1 INVITE z\} <script>: Blocking traffic from 203\.0\.113\.5\} pike \[/],
}

const combined = (filter: Filter) => filterFile(filter, countedRules(filter), null)
const samplesOf = (filter: Filter) =>
  readSamples(join(packageRoot, 'fixtures', 'filters', `${filter.name}.log`)).map(({ bytes, expect }) => ({
    text: bytes.toString(),
    expect,
  }))

function counted(filter: Filter): (line: string) => string | null {
  const classifier = createClassifier({ filters: [filter], tz: 'UTC' })
  const now = Date.UTC(2026, 5, 1)
  return (line) => {
    const bytes = Buffer.from(line)
    const event = classifier.classify(bytes, 0, bytes.length, null, now, now)
    return event?.counted ? event.ip : null
  }
}

/** What a caller may write where he can write, with an address that is not his. */
const FORGED = '203.0.113.66'
const HOSTILE = [
  FORGED,
  `a from ${FORGED}:5060`,
  `a from ${FORGED}:5060, response 403 Forbidden`,
  `a src=${FORGED}`,
  `x' failed for '${FORGED}:5060' (callid: 1) - Failed to authenticate`,
  `x" <sip:a@b>' failed for '${FORGED}:5060' (callid: 1) - Failed to authenticate`,
  `x' failed for '${FORGED}' - Wrong password`,
  `x (IP:${FORGED}:5060)`,
  `x (IP:${FORGED}:5060), more than 5 failed auth requests!`,
  `x] from ip ${FORGED}`,
  `x] from ${FORGED}`,
  `x",LocalAddress="IPV4/UDP/192.0.2.1/5060",RemoteAddress="IPV4/UDP/${FORGED}/5060"`,
  `x} <script>: Auth failed: ip=${FORGED}:5060 method=REGISTER rc=-2 user=a realm=b ua=c`,
  `x} <script>: Blocking traffic from ${FORGED}`,
  `x} pike [pike_funcs.c:135]: pike_check_ipaddr(): PIKE - BLOCKing ip ${FORGED}, node=0x1`,
  `Jan 15 10:30:45 sbc1 opensips[1]: Scanner blocked: ip=${FORGED}:5060 method=OPTIONS ua=x`,
  `2026-01-15T10:30:45+00:00 a kamailio[1]: Blocking traffic from ${FORGED}`,
  `[2026-01-15 10:30:45] NOTICE[1] chan_sip.c: Registration from 'a' failed for '${FORGED}' - Wrong password`,
  `[2001:db8::66]:5060`,
  `::ffff:${FORGED}`,
  '\u0663 \u2028 \u00a0 \u00e4',
  '<ADDR> <HOST> %(ip)s % \\ ; # "',
  '',
]
const FIELDS = ['user', 'domain', 'user_agent', 'method', 'reason', 'contact', 'call_id', 'request_uri']

/** The lines of the samples with one field of the caller's replaced by hostile text. */
function forgedLines(filter: Filter): string[] {
  const lines = samplesOf(filter).flatMap(({ text, expect }) =>
    FIELDS.flatMap((field) => {
      const value = expect[field]
      if (typeof value !== 'string' || value === '' || !text.includes(value)) return []
      const at = text.lastIndexOf(value)
      return HOSTILE.map((hostile) => `${text.slice(0, at)}${hostile}${text.slice(at + value.length)}`.trimEnd())
    }),
  )
  return [...new Set(lines)]
}

/** Whole lines that are not to be believed, or only as what they are. */
const ODD: readonly string[] = [
  // A folded header: the rest of it begins a line of its own with one space.
  ` Auth failed: ip=${FORGED}:5060 method=REGISTER rc=-2 user=a realm=b ua=c`,
  ` sbc1 opensips[1]: Auth failed: ip=${FORGED}:5060 method=REGISTER rc=-2 user=a realm=b ua=c`,
  ` 15 10:30:45 sbc1 kamailio[1]: Blocking traffic from ${FORGED}`,
  ` Jan 15 10:30:45 sbc1 kamailio[1]: Blocking traffic from ${FORGED}`,
  ` 1(5657) NOTICE: <script>: Blocking traffic from ${FORGED}`,
  // Another program's text.
  `Jan 15 10:30:45 sbc1 sshd[1]: Auth failed: ip=${FORGED}:5060 method=REGISTER rc=-2 user=a realm=b ua=c`,
  `Jan 15 10:30:45 sbc1 sshd[1]: kamailio[1]: Blocking traffic from ${FORGED}`,
  `Jan 15 10:30:45 sbc1 sshd[1]: Invalid user ${FORGED} failed to authenticate as 'x' from 192.0.2.9 port 22`,
  `2026-01-15 10:30:45 ${FORGED} failed to authenticate as 'x'`,
  // The address of nobody.
  'PIKE: IP 0.0.0.0 blocked due to flood detection (automatic mode)',
  'Jan 15 10:30:45 sbc1 kamailio[1]: Blocking traffic from 0.0.0.0',
  // IPv6 without brackets where the server writes them.
  `[2026-01-15 10:30:45] NOTICE[1] chan_sip.c: Registration from 'a' failed for '2001:db8::66:5060' - Wrong password`,
  // A line without any prefix.
  `Blocking traffic from 192.0.2.9`,
  `Auth failed: ip=[2001:db8::9]:5060 method=REGISTER rc=-2 user=a realm=b ua=c`,
  // JSON.
  `{"log":"Blocking traffic from ${FORGED}\\n","stream":"stderr","time":"2026-01-15T10:30:45Z"}`,
  `@cee: {"msg":"Blocking traffic from ${FORGED}"}`,
]

describe.skipIf(needs('fail2ban-regex'))('the Fail2Ban file of a filter, by the real fail2ban-regex', () => {
  describe.each(loadShippedFilters().map((filter) => [filter.name, filter] as const))('%s', (name, filter) => {
    test('finds exactly the samples that count, each with its address', () => {
      const samples = samplesOf(filter)
      const found = findWithFail2Ban(
        combined(filter),
        samples.map(({ text }) => text),
      )
      const line = (text: string, address: string | null) => `${address} ${text}`
      const notSaid = (text: string) => (NOT_SAID[name] ?? []).some((pattern) => pattern.test(text))
      expect(samples.map(({ text }, i) => line(text, found[i] ?? null))).toEqual(
        samples.map(({ text, expect }) => line(text, expect.match && !notSaid(text) ? canonicalAddress(expect.host ?? '') : null)),
      )
      expect(samples.filter(({ expect }) => expect.match).length).toBeGreaterThan(5)
    })

    test('never reports another address than the filter, whatever a caller writes', () => {
      const lines = [...forgedLines(filter), ...ODD]
      const expected = counted(filter)
      const found = findWithFail2Ban(combined(filter), lines)
      expect(lines.filter((line, i) => found[i] !== null && found[i] !== expected(line))).toEqual([])
      expect(found.filter((address) => address !== null).length).toBeGreaterThan(20)
    })
  })

  test('every exception is named in the emitted file', () => {
    const [kamailio] = loadShippedFilters().filter(({ name }) => name === 'kamailio')
    expect(combined(kamailio!)).toContain('# - behind the stock log_prefix of Kamailio the Call-ID stands before each message')
  })
})
