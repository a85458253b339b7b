import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { networkOf } from '../../src/address.ts'
import { compare, type Episode, type Span, verdictOf } from '../../src/shadow/compare.ts'

const span = (ip: string, fromMs: number, untilMs: number | null): Span => ({ ip, fromMs, untilMs })
const anySpan = fc
  .record({
    ip: fc.constantFrom('192.0.2.7', '192.0.2.8', '2001:db8::7', '2001:db8::8', '2001:db8:0:1::7'),
    fromMs: fc.integer({ min: 0, max: 50 }),
    length: fc.option(fc.integer({ min: 0, max: 10 }), { freq: 10 }),
  })
  .map(({ ip, fromMs, length }) => span(ip, fromMs, length === null ? null : fromMs + length))
const anySpans = fc.array(anySpan, { maxLength: 20 })
const endOf = (spans: readonly Span[]) => Math.max(...spans.map(({ untilMs }) => untilMs ?? Number.POSITIVE_INFINITY))

describe('bans of two sides', () => {
  test('that overlap or touch are one episode, directly or through others', () => {
    const [a, b, c] = [span('192.0.2.7', 0, 10), span('192.0.2.7', 10, 20), span('192.0.2.7', 15, 30)]
    expect(compare([a, c], [b])).toEqual([{ fromMs: 0, theirs: [a, c], ours: [b] }])
  })

  test('that do not are several, and so are those of other addresses; in the order of their beginnings', () => {
    const [a, b, c] = [span('192.0.2.7', 5, 10), span('192.0.2.7', 11, 20), span('192.0.2.8', 0, null)]
    expect(compare([a], [b, c]).map((episode) => [verdictOf(episode), episode.fromMs])).toEqual([
      ['only-sipguard', 0],
      ['only-fail2ban', 5],
      ['only-sipguard', 11],
    ])
  })

  test('of one IPv6 /64 belong together', () => {
    expect(compare([span('2001:db8::7', 0, 10)], [span('2001:db8::8', 5, 10)]).map(verdictOf)).toEqual(['both'])
  })

  test('a ban without an end takes in all that follows', () => {
    expect(compare([span('192.0.2.7', 0, null)], [span('192.0.2.7', 1e9, 2e9)]).map(verdictOf)).toEqual(['both'])
  })

  test('each stands in exactly one episode', () => {
    fc.assert(
      fc.property(anySpans, anySpans, (theirs, ours) => {
        const episodes = compare(theirs, ours)
        const counted = (spans: readonly Span[]) =>
          new Map([...Map.groupBy(spans, (each) => each)].map(([each, list]) => [each, list.length]))
        expect(counted(episodes.flatMap((episode) => episode.theirs))).toEqual(counted(theirs))
        expect(counted(episodes.flatMap((episode) => episode.ours))).toEqual(counted(ours))
      }),
    )
  })

  test('are paired alike whichever side is named first', () => {
    const told = (episodes: readonly Episode<Span, Span>[]) =>
      episodes
        .map(({ fromMs, theirs, ours }) => JSON.stringify([fromMs, [...theirs, ...ours].map(({ ip }) => networkOf(ip))[0], theirs, ours]))
        .sort()
    fc.assert(
      fc.property(anySpans, anySpans, (theirs, ours) => {
        const turned = compare(ours, theirs).map(({ fromMs, theirs, ours }) => ({ fromMs, theirs: ours, ours: theirs }))
        expect(told(turned)).toEqual(told(compare(theirs, ours)))
      }),
    )
  })

  test('those of one network never overlap as episodes, and hang together within one', () => {
    fc.assert(
      fc.property(anySpans, anySpans, (theirs, ours) => {
        const byNetwork = Map.groupBy(compare(theirs, ours), (episode) => networkOf([...episode.theirs, ...episode.ours][0]!.ip))
        for (const episodes of byNetwork.values()) {
          const spans = episodes.map((episode) => [...episode.theirs, ...episode.ours].sort((a, b) => a.fromMs - b.fromMs))
          for (const [i, list] of spans.entries()) {
            if (i > 0) expect(list[0]!.fromMs).toBeGreaterThan(endOf(spans[i - 1]!))
            for (let k = 1; k < list.length; k++) expect(list[k]!.fromMs).toBeLessThanOrEqual(endOf(list.slice(0, k)))
          }
        }
      }),
    )
  })
})
