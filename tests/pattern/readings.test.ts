import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { echoReader, openEnded, readAll, ruleReader, ShapeReader, verdictOf } from '../../src/pattern/readings.ts'
import { ADDRESS_BODIES } from '../../src/pattern/template.ts'
import { allTexts, smallPattern, spansOf, whole } from './small-patterns.ts'

const aRule = (failregex: string, guarantees = {}, ipv6: 'any' | 'bracketed' = 'any') => ruleReader({ failregex, guarantees, ipv6 })

describe('readings', () => {
  it.each(['any', 'bracketed'] as const)('finds every address of every reading that brute force finds, IPv6 %s', (ipv6) => {
    const texts = allTexts(ipv6 === 'any' ? ':1x' : ':[]x', ipv6 === 'any' ? 7 : 6)
    const loose = whole(ADDRESS_BODIES[ipv6])
    const address = (text: string) => loose.test(text) && isIP(text.replace(/^\[(.*)\]$/, '$1')) !== 0
    const part = smallPattern(['x', ':', '1', '.', '[x:]', '\\['])
    fc.assert(
      fc.property(part, part, (before, after) => {
        const reader = new ShapeReader(
          buildAutomaton(`${before}(?<addr>${ADDRESS_BODIES[ipv6]})${after}`, { as: 'echo', alphabets: {} }),
          ipv6,
        )
        const [first, last] = [whole(before), whole(after)]
        for (const text of texts) {
          const found = reader.readings(text).map(({ start, end }) => `${start}-${end}`)
          if (found.join() !== spansOf(text, first, address, last).join()) return false
        }
        return true
      }),
      { numRuns: 30 },
    )
  })

  it('reads a line that two addresses fit in both ways', () => {
    const text = 'a from 203.0.113.5:5060, ua b from 198.51.100.7:5, ua c'
    const spans = aRule('^<F-USER>[a-z]*</F-USER> from <ADDR>:<PORT>, ua <F-UA>.*</F-UA>$').readings(text)
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(['203.0.113.5', '198.51.100.7'])
  })

  it('reads it in one way where the server guarantees the field', () => {
    const reader = aRule('^<F-USER>[a-z]*</F-USER> from <ADDR>:<PORT>, ua <F-UA>.*</F-UA>$', { user: { alphabet: '[^ ]', source: 'RFC' } })
    expect(reader.readings('a from 203.0.113.5:5060, ua b from 198.51.100.7:5, ua c')).toEqual([{ start: 7, end: 18 }])
  })

  it('takes the longest address there is, and no text that is none', () => {
    const longest = '[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]'
    expect(longest).toHaveLength(47)
    expect(aRule('^<ADDR>$').readings(longest)).toEqual([{ start: 0, end: 47 }])
    for (const text of ['999.1.1.1', '1:2', '[1::', 'fe80::1%eth0', '']) expect(aRule('^<ADDR>$').readings(text)).toEqual([])
  })

  it('forgets what it learned rather than grow without bound, and still reads right', () => {
    const reader = aRule(`^(?:a|b)*a(?:a|b){14} from <ADDR>$`)
    let text = ''
    for (let i = 0; i < 20_000; i++) text += (i * i * 7919) % 13 < 6 ? 'a' : 'b'
    const tail = `a${'b'.repeat(14)} from 192.0.2.7`
    expect(reader.readings(text + tail)).toEqual([{ start: text.length + 21, end: text.length + 30 }])
    expect(reader.readings(`${text}b${tail.slice(1)}`)).toEqual([])
  })
})

describe('accepts', () => {
  it('is for shapes without an address too', () => {
    expect(echoReader('^NAT detected - .*$').accepts('NAT detected - x')).toBe(true)
    expect(echoReader('^NAT detected - .*$').accepts('NAT')).toBe(false)
    expect(echoReader('^NAT detected - .*$').readings('NAT detected - 192.0.2.7')).toEqual([])
  })
})

describe('the run-time verdict', () => {
  const own = aRule('^<F-USER>.*</F-USER> from <ADDR>, ua <F-UA>.*</F-UA>$')
  const echo = echoReader('^metadata <ADDR>: .*$')
  const silent = echoReader('^options .*$')

  it.each([
    ['one reading', 'a from 192.0.2.7, ua b', '192.0.2.7', false],
    ['two readings with different addresses', 'a from 192.0.2.7, ua b from 192.0.2.8, ua c', null, true],
    ['two readings with one address', 'a from 192.0.2.7, ua b from ::ffff:192.0.2.7, ua c', '192.0.2.7', false],
    ['an echo shape that has another address', 'metadata 192.0.2.8: from 192.0.2.7, ua b', null, true],
    ['a shape without an address', 'options from 192.0.2.7, ua b', null, true],
    ['an address of no host beside a forged one', 'a from 0.0.0.0, ua b from 192.0.2.8, ua c', null, true],
    ['an address of no host', 'a from 0.0.0.0, ua b', null, false],
  ])('%s', (_, text, ip, ambiguous) => {
    expect(verdictOf(readAll(text, [own, echo, silent]))).toEqual({ ip, ambiguous })
  })
})

describe('a rule that matches whatever comes behind', () => {
  const matchesOn = (failregex: string, text: string) => openEnded({ failregex, guarantees: {}, ipv6: 'any' })(text)

  it.each([
    ['^from <ADDR>, ua <F-UA>.*</F-UA>$', 'from 192.0.2.7, ua x', true],
    ['^from <ADDR>, ua <F-UA>.*</F-UA>$', 'from 192.0.2.7, u', false],
    ['^from <ADDR>, ua (?:[^,]|,[^L])*$', 'from 192.0.2.7, ua x', false],
    ['^ua <F-UA>.*</F-UA> from <ADDR>$', 'ua x from 192.0.2.7', false],
    ['^from <ADDR>(?: ua .*)?$', 'from 192.0.2.7', false],
    ['^from <ADDR>(?: ua .*)?$', 'from 192.0.2.7 ua x', true],
  ])('%j after %j: %s', (failregex, text, expected) => {
    expect(matchesOn(failregex, text)).toBe(expected)
  })
})
