import { describe, expect, test } from 'vitest'
import { decidedBy, readEntry } from '../../src/fleet/entry.ts'
import { banOf } from '../state/samples.ts'
import { allow, ban, disallow, entry, NODE_A, peers, unban } from './entries.ts'

const DECISIONS = [
  ban('192.0.2.7', { untilMs: 1_768_476_645_000.25 }),
  ban('192.0.2.7', { scope: 'endpoint', port: 5060, transport: 'udp' }),
  ban('192.0.2.7', { scope: 'endpoint', port: 5060, transport: null }),
  ban('2001:db8::7', { scope: 'prefix', prefix: '2001:db8::/64' }),
  unban('192.0.2.7'),
  unban('2001:db8::/64'),
  { kind: 'allow', entry: { cidr: '198.51.100.0/24', untilMs: 9, addedMs: 5, comment: 'the branch {"office"} \u{1F4DE}\n' } },
  disallow('198.51.100.0/24'),
  peers(NODE_A, ['192.0.2.1', '2001:db8::/32']),
] as const

describe('a decision as it is written', () => {
  test.each(DECISIONS)('is read as it was made: %j', (decision) => {
    const written = entry(decision, 1_768_473_045_000, NODE_A)
    const read = readEntry(written.target, written.text)
    expect(read).toEqual(written)
    expect(decidedBy(read!)).toEqual({ ...decision, atMs: 1_768_473_045_000, node: NODE_A })
  })

  test('stands under the scope, place, port and transport of a ban', () => {
    expect(DECISIONS.map((decision) => entry(decision, 1).target)).toEqual([
      'ban 192.0.2.7 address - -',
      'ban 192.0.2.7 endpoint 5060 udp',
      'ban 192.0.2.7 endpoint 5060 -',
      'ban 2001:db8::/64 prefix - -',
      'unban 192.0.2.7',
      'unban 2001:db8::/64',
      'allow 198.51.100.0/24',
      'allow 198.51.100.0/24',
      `peers ${NODE_A}`,
    ])
  })

  test('is refused under another target than its own', () => {
    const { text } = entry(ban('192.0.2.7'), 1)
    expect(readEntry('ban 192.0.2.8 address - -', text)).toBeNull()
  })

  const good = banOf('192.0.2.7')
  test.each([
    ['no JSON', 'x'],
    ['no object', '{"kind":null}'],
    ['an unknown kind', '{"kind":"flush"}'],
    ['an address that is none', JSON.stringify({ kind: 'ban', ban: { ...good, ip: '192.0.2.7; flush ruleset' } })],
    ['an address that is not canonical', JSON.stringify({ kind: 'ban', ban: { ...good, ip: '2001:DB8::7' } })],
    ['an unknown scope', JSON.stringify({ kind: 'ban', ban: { ...good, scope: 'world' } })],
    ['a prefix of an address ban', JSON.stringify({ kind: 'ban', ban: { ...good, prefix: '192.0.2.0/24' } })],
    ['an endpoint without a port', JSON.stringify({ kind: 'ban', ban: { ...good, scope: 'endpoint' } })],
    ['a time that is none', JSON.stringify({ kind: 'ban', ban: { ...good, untilMs: 'tomorrow' } })],
    ['an unknown level', JSON.stringify({ kind: 'ban', ban: { ...good, level: 'root' } })],
    ['an unban of no address', '{"kind":"unban","target":"all"}'],
    ['a network with host bits', '{"kind":"disallow","cidr":"198.51.100.1/24"}'],
    ['an allow entry without a time', '{"kind":"allow","entry":{"cidr":"192.0.2.7","untilMs":null,"comment":null}}'],
    ['peers that are names', `{"kind":"peers","of":"${NODE_A}","cidrs":["pbx.example.net"]}`],
  ])('is refused with %s', (_, json) => {
    for (const target of ['ban 192.0.2.7 address - -', 'unban all', 'allow 198.51.100.1/24', 'allow 192.0.2.7', `peers ${NODE_A}`]) {
      expect(readEntry(target, `1 ${NODE_A} - ${json}`)).toBeNull()
    }
  })

  test.each(['', 'x', '1', `x ${NODE_A} - `, `1 ${NODE_A} x `, `Infinity ${NODE_A} - `])('is refused with the head %j', (head) => {
    const { target, text } = entry(ban('192.0.2.7'), 1)
    expect(readEntry(target, `${head}${text.slice(text.indexOf('{'))}`)).toBeNull()
  })
})

test('an allow entry of an address stands beside its bans', () => {
  expect(entry(allow('192.0.2.7'), 1).target).not.toBe(entry(unban('192.0.2.7'), 1).target)
})
