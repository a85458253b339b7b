import { expect, test } from 'vitest'
import { type ToldBan, type WhyFacts, whyJson } from '../../src/explain/why.ts'
import { AT, aBan } from '../api/fake-control.ts'

const facts = (bans: readonly ToldBan[]): WhyFacts => ({
  ...{ ip: '192.0.2.7', level: 'unknown', configVersion: 'c1', backend: 'nftables', bans, windows: [], notCounted: [] },
})
const told = (fields: Partial<ToldBan> = {}): ToldBan => ({
  ...{ ban: aBan(), isActive: false, evidence: null, liftedMs: null, liftedBy: null, verified: null, packets: null },
  ...fields,
})

test('the verdict says whether it is banned, was, or never', () => {
  expect(whyJson(facts([]))).toMatchObject({ verdict: 'not-banned', bans: [] })
  expect(whyJson(facts([told()]))).toMatchObject({ verdict: 'was-banned' })
  expect(whyJson(facts([told({ isActive: true }), told()]))).toMatchObject({ verdict: 'banned' })
})

test('a ban in whose place another came before its end was replaced', () => {
  const longer = told({ ban: aBan({ fromMs: AT + 6e4, untilMs: null }), isActive: true })
  const after = told({ ban: aBan({ fromMs: AT + 36e5 }) })
  expect(whyJson(facts([longer, told()])).bans[1]).toMatchObject({ lifted_by: 'replaced', lifted_at: new Date(AT + 6e4).toISOString() })
  expect(whyJson(facts([after, told()])).bans[1]).toMatchObject({ lifted_by: null, lifted_at: null })
})

test('the text of a line is UTF-8, and U+FFFD where it is none', () => {
  const line = { id: 'n:g:70', atMs: AT, source: 'a.log', pin: null, kind: null, rule: null, user: null }
  const lines = [
    { ...line, text: '\xc3\xa9 \xff' },
    { ...line, id: 'unusual', source: null, text: null },
  ]
  const { not_counted } = whyJson({ ...facts([]), notCounted: [{ why: 'shadow', count: 2, lines }] })
  expect(not_counted[0]!.lines).toMatchObject([
    { text: 'é \ufffd', offset: 70, source: 'a.log' },
    { text: null, offset: null, source: null },
  ])
})
