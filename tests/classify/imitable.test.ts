import { describe, expect, test } from 'vitest'
import { loadShippedFilters } from '../../src/config/index.ts'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { readableByte } from '../../src/pattern/byte-set.ts'
import { asterisk } from '../../src/pattern/prefix/asterisk.ts'
import { SYSLOG_HEADERS } from '../../src/pattern/prefix/index.ts'
import { imitableSource } from '../../src/pattern/prefix/server-prefix.ts'
import { ruleSource } from '../../src/pattern/shape.ts'
import { common } from '../../src/prove/product.ts'
import { classify } from './lines.ts'

const rules = loadShippedFilters().find(({ name }) => name === 'asterisk')?.rules ?? []
const build = (source: string) => buildAutomaton(source, { as: 'rule', alphabets: {} })
const unnamed = (source: string) => source.replace(/\(\?<(?!addr>)\w+>/g, '(?:')
const imitable = build(imitableSource(asterisk.imitable!))

const [fileForm = ''] = asterisk.own
/** All that may stand before a message; the address in them is the rule's. */
const PREFIXES = ['', fileForm, ...Object.values(SYSLOG_HEADERS)].map(unnamed)

/** The shortest whole line that a caller can make and a rule reads behind one of the prefixes. */
function shortest(rule: (typeof rules)[number], prefix: string): string | null {
  const line = build(`${prefix}(?:${unnamed(asterisk.lead)})(?:${unnamed(ruleSource(rule.failregex, rule.ipv6))})`)
  const { same } = common(line, imitable, () => false)
  return same && String.fromCharCode(...same.map(({ label }) => readableByte(label)))
}

describe('lines that a caller makes by a newline in the extension that he dials', () => {
  test.each(rules.map((rule) => [rule.id, rule] as const))('what he can make of %s does not count, behind any prefix', (_, rule) => {
    for (const prefix of PREFIXES) {
      const line = shortest(rule, prefix)
      if (line !== null && line.trimStart() === line) expect(classify(line, 'asterisk')?.counted ?? false, line).toBe(false)
    }
  })

  test('many rules can be imitated so, up to 78 bytes and a tail', () => {
    expect(rules.filter((rule) => shortest(rule, fileForm ? unnamed(fileForm) : '') !== null).length).toBeGreaterThan(5)
  })

  test('they are recognised, with their address', () => {
    for (const line of [
      "[Jan 15 10:30:45] hacking attempt detected '203.0.113.5'",
      "203.0.113.5 failed to authenticate as ' rejected because extension not found in context 'default'.",
      "[Jan 15 10:30:45] Call from '' (203.0.113.5:1) to extension '' rejected because extension not found in context 'default'.",
      "Jan 15 10:30:45 h asterisk: hacking attempt detected '203.0.113.5'",
      '{"logmsg":{"message":"hacking attempt detected \'203.0.113.5\'"}}',
      '{"log":"[Jan 15 10:30:45] hacking attempt detected \'203.0.113.5\'\\n","stream":"stdout"}',
    ])
      expect(classify(line, 'asterisk'), line).toMatchObject({ ip: '203.0.113.5', counted: false, why: 'forgeable' })
  })

  test('what Asterisk prints itself is longer', () => {
    for (const line of [
      "[Jan 15 10:30:45] NOTICE[1638] chan_sip.c: hacking attempt detected '192.0.2.7'",
      "[Jan 15 10:30:45] NOTICE[1638] manager.c: 192.0.2.7 failed to authenticate as ''",
      "[Jan 15 10:30:45] NOTICE[1] chan_sip.c: Call from '' (192.0.2.7:5060) to extension '' rejected because extension not found in context 'a'.",
      "[Jan 15 10:30:45] NOTICE[1] res_pjsip_session.c:  a: Call (UDP:192.0.2.7:5) to extension '' rejected because extension not found in context 'a'.",
    ])
      expect(classify(line), line).toMatchObject({ ip: '192.0.2.7', counted: true, why: null })
  })
})
