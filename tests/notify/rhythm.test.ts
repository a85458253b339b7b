import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bundle, createRhythm } from '../../src/notify/rhythm.ts'
import type { Notice } from '../../src/notify/types.ts'
import { createMemory } from './memory.ts'
import { AT_MS, noticeOf } from './samples.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function rhythmOver(memory = createMemory(), { cooldownMs = HOUR, heard = true } = {}) {
  return createRhythm({ cooldownMs: () => cooldownMs, heard: () => heard, ...memory })
}
const told = (bundles: readonly Bundle[]): Notice[] => bundles.flatMap(({ groups }) => groups.flatMap(({ newest }) => newest))
const critical = noticeOf({ kind: 'credential_suspect', severity: 'critical' })
const error = noticeOf({ kind: 'peer_failing', severity: 'error' })
const warning = noticeOf({ kind: 'jail_full', severity: 'warning' })
const silent = noticeOf({ kind: 'source_silent', severity: 'error', subject: 'a.log', text: 'a.log: nothing', details: null })

describe('what is told, and when', () => {
  test('critical goes out at once', () => {
    expect(rhythmOver().alert(critical, AT_MS)).toEqual([
      { severity: 'critical', groups: [{ kind: 'credential_suspect', count: 1, newest: [critical] }] },
    ])
  })

  test('errors are gathered, and told within five minutes', () => {
    const rhythm = rhythmOver()
    const other = { ...error, subject: '192.0.2.8' }
    expect(rhythm.alert(error, AT_MS)).toEqual([])
    expect(rhythm.alert(other, AT_MS + MINUTE)).toEqual([])
    expect(rhythm.tick(AT_MS + 3 * MINUTE)).toEqual([])
    expect(rhythm.tick(AT_MS + 5 * MINUTE - 1000)).toEqual([
      { severity: 'error', groups: [{ kind: 'peer_failing', count: 2, newest: [error, other] }] },
    ])
    expect(rhythm.tick(AT_MS + 20 * MINUTE)).toEqual([])
  })

  test('warnings are one digest an hour: counted, and the newest of each kind', () => {
    const rhythm = rhythmOver()
    const many = Array.from({ length: 30 }, (_, i) => ({ ...warning, subject: `192.0.2.${i}` }))
    const other = noticeOf({ kind: 'phone_failing' })
    many.forEach((notice, i) => {
      expect(rhythm.alert(notice, AT_MS + i * MINUTE)).toEqual([])
    })
    expect(rhythm.alert(other, AT_MS + 40 * MINUTE)).toEqual([])
    expect(rhythm.tick(AT_MS + 59 * MINUTE)).toEqual([])
    const groups = [
      { kind: 'jail_full', count: 30, newest: [many.at(-1)] },
      { kind: 'phone_failing', count: 1, newest: [other] },
    ]
    expect(rhythm.tick(AT_MS + 60 * MINUTE)).toEqual([{ severity: 'warning', groups }])
  })

  test('the same kind of the same subject is told again only after the cooldown', () => {
    const rhythm = rhythmOver()
    expect(rhythm.alert(critical, AT_MS)).toHaveLength(1)
    expect(rhythm.alert(critical, AT_MS + HOUR - 1)).toEqual([])
    expect(rhythm.alert({ ...critical, subject: 'another' }, AT_MS + 1)).toHaveLength(1)
    expect(rhythm.alert({ ...critical, kind: 'phones_cut_off' }, AT_MS + 1)).toHaveLength(1)
    expect(rhythm.alert(critical, AT_MS + HOUR)).toHaveLength(1)
  })

  test('a clock that was set back a day silences nothing', () => {
    const rhythm = rhythmOver()
    rhythm.alert(critical, AT_MS)
    rhythm.alert(warning, AT_MS)
    expect(rhythm.alert(critical, AT_MS - 24 * HOUR)).toHaveLength(1)
    expect(told(rhythm.tick(AT_MS - 24 * HOUR))).toEqual([warning])
  })

  test('of critical ones ten go out at once within five minutes, the others together', () => {
    const rhythm = rhythmOver()
    const many = Array.from({ length: 25 }, (_, i) => ({ ...critical, subject: String(i) }))
    expect(told(many.flatMap((notice) => rhythm.alert(notice, AT_MS)))).toEqual(many.slice(0, 10))
    expect(rhythm.tick(AT_MS + 5 * MINUTE - 1000)).toEqual([
      { severity: 'critical', groups: [{ kind: 'credential_suspect', count: 15, newest: many.slice(-10) }] },
    ])
    expect(rhythm.alert({ ...critical, subject: 'later' }, AT_MS + 5 * MINUTE)).toHaveLength(1)
  })

  test('while nobody listens alerts are dropped, and troubles wait', () => {
    const heard = { cooldownMs: HOUR, heard: false }
    const memory = createMemory()
    const rhythm = createRhythm({ cooldownMs: () => HOUR, heard: () => heard.heard, ...memory })
    expect(rhythm.alert(critical, AT_MS)).toEqual([])
    expect(rhythm.trouble('firewall', { ...critical, kind: 'enforcement_unverified' }, AT_MS)).toEqual([])
    heard.heard = true
    expect(told(rhythm.tick(AT_MS + 1)).map(({ kind }) => kind)).toEqual(['enforcement_unverified'])
  })
})

describe('a trouble', () => {
  const urgent = { ...silent, severity: 'critical' } as const

  test('is told once while it lasts, and its end where it was told', () => {
    const rhythm = rhythmOver()
    expect(told(rhythm.trouble('silent a.log', urgent, AT_MS))).toEqual([urgent])
    expect(rhythm.trouble('silent a.log', { ...urgent, text: 'in other words' }, AT_MS + 3 * HOUR)).toEqual([])
    expect(rhythm.tick(AT_MS + 3 * HOUR)).toEqual([])
    expect(told(rhythm.over('silent a.log', AT_MS + 4 * HOUR))).toEqual([{ ...urgent, over: true, atMs: AT_MS + 4 * HOUR }])
    expect(rhythm.over('silent a.log', AT_MS + 4 * HOUR)).toEqual([])
    expect(rhythm.over('never there', AT_MS)).toEqual([])
  })

  test('that is over before it was told is told as such, and its end is not', () => {
    const rhythm = rhythmOver()
    rhythm.trouble('silent a.log', silent, AT_MS)
    expect(rhythm.over('silent a.log', AT_MS + MINUTE)).toEqual([])
    expect(told(rhythm.tick(AT_MS + 5 * MINUTE))).toEqual([{ ...silent, text: 'a.log: nothing (over by now)' }])
    expect(rhythm.tick(AT_MS + 20 * MINUTE)).toEqual([])
  })

  test('that was gathered and told ends in a gathered message', () => {
    const rhythm = rhythmOver()
    rhythm.trouble('silent a.log', silent, AT_MS)
    expect(told(rhythm.tick(AT_MS + 5 * MINUTE))).toEqual([silent])
    expect(rhythm.over('silent a.log', AT_MS + 10 * MINUTE)).toEqual([])
    expect(told(rhythm.tick(AT_MS + 15 * MINUTE))).toEqual([{ ...silent, over: true, atMs: AT_MS + 10 * MINUTE }])
  })

  test('that comes again within the cooldown and stays is told when the cooldown ends', () => {
    const rhythm = rhythmOver()
    rhythm.trouble('firewall', urgent, AT_MS)
    rhythm.over('firewall', AT_MS + MINUTE)
    expect(rhythm.trouble('firewall', urgent, AT_MS + 2 * MINUTE)).toEqual([])
    expect(rhythm.tick(AT_MS + HOUR - 1)).toEqual([])
    expect(told(rhythm.tick(AT_MS + HOUR))).toEqual([urgent])
    expect(rhythm.tick(AT_MS + 5 * HOUR)).toEqual([])
  })

  test('that comes and goes within the cooldown is told once, with its end', () => {
    const rhythm = rhythmOver()
    const bundles = [0, 1, 2, 3].flatMap((i) => [
      ...rhythm.trouble('firewall', urgent, AT_MS + i * MINUTE),
      ...rhythm.over('firewall', AT_MS + i * MINUTE + 1000),
    ])
    expect(told(bundles).map(({ over }) => over)).toEqual([false, true])
  })

  test('that lasts over a restart is not told again, and its end is', () => {
    const memory = createMemory()
    rhythmOver(memory).trouble('firewall', urgent, AT_MS)
    const rhythm = rhythmOver(memory)
    expect(rhythm.tick(AT_MS + 2 * HOUR)).toEqual([])
    expect(rhythm.trouble('firewall', urgent, AT_MS + 2 * HOUR)).toEqual([])
    expect(rhythm.tick(AT_MS + 3 * HOUR)).toEqual([])
    expect(told(rhythm.over('firewall', AT_MS + 4 * HOUR)).map(({ over }) => over)).toEqual([true])
  })

  test('that is not seen again after a restart is over', () => {
    const memory = createMemory()
    rhythmOver(memory).trouble('firewall', urgent, AT_MS)
    const rhythm = rhythmOver(memory)
    expect(rhythm.tick(AT_MS + HOUR)).toEqual([])
    expect(told(rhythm.tick(AT_MS + HOUR + 5 * MINUTE)).map(({ over, text }) => [over, text])).toEqual([
      [true, 'a.log: nothing (not seen again since a restart)'],
    ])
    expect(told(rhythm.trouble('firewall', urgent, AT_MS + 3 * HOUR))).toHaveLength(1)
  })
})

describe('whatever happens', () => {
  const KINDS = { credential_suspect: 'critical', peer_failing: 'error', jail_full: 'warning', phone_failing: 'warning' } as const
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])),
      subject: fc.constantFrom('a', 'b', 'c'),
      afterMs: fc.integer({ min: 0, max: 40 * MINUTE }),
      restart: fc.boolean(),
    }),
    { maxLength: 60 },
  )

  test('all that is not in its cooldown is told once, in time, also over restarts; nothing else is', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const memory = createMemory()
        let rhythm = rhythmOver(memory)
        let nowMs = AT_MS
        const owed: { kind: string; dueMs: number }[] = []
        const lastMs = new Map<string, number>()
        const take = (bundles: readonly Bundle[]) => {
          for (const { severity, groups } of bundles) {
            for (const { kind, count } of groups) {
              const of = owed.filter((each) => each.kind === kind)
              expect(count).toBe(of.length)
              expect(severity).toBe(KINDS[kind as keyof typeof KINDS])
              for (const each of of) {
                expect(nowMs).toBeLessThanOrEqual(each.dueMs)
                owed.splice(owed.indexOf(each), 1)
              }
            }
          }
        }
        const wait = (ms: number) => {
          // As the daemon calls it, but for the pace.
          for (const endMs = nowMs + ms; nowMs < endMs; ) {
            nowMs = Math.min(nowMs + MINUTE / 2, endMs)
            take(rhythm.tick(nowMs))
          }
        }
        for (const { kind, subject, afterMs, restart } of script) {
          wait(afterMs)
          if (restart) rhythm = rhythmOver(memory)
          const severity = KINDS[kind]
          const id = `${kind} ${subject}`
          if (nowMs - (lastMs.get(id) ?? -HOUR) >= HOUR) {
            lastMs.set(id, nowMs)
            owed.push({ kind, dueMs: nowMs + { critical: 0, error: 5 * MINUTE, warning: HOUR + MINUTE }[severity] })
          }
          take(rhythm.alert(noticeOf({ kind, subject, severity }), nowMs))
        }
        wait(2 * HOUR)
        expect(owed).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test('ends of troubles are told only after the trouble was, and what lasts is told', () => {
    const walk = fc.array(
      fc.record({
        key: fc.constantFrom('x', 'y'),
        on: fc.boolean(),
        afterMs: fc.oneof(fc.integer({ min: 0, max: 2 * MINUTE }), fc.integer({ min: 0, max: 50 * MINUTE })),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(walk, fc.constantFrom('critical' as const, 'error' as const, 'warning' as const), (script, severity) => {
        const rhythm = rhythmOver()
        let nowMs = AT_MS
        const state = new Map<string, boolean>()
        const lasts = new Map<string, boolean>()
        const take = (bundles: readonly Bundle[]) => {
          for (const { subject, over, text } of told(bundles)) {
            expect(over, `${subject} ${text}`).toBe(state.get(subject) ?? false)
            if (!text.endsWith('(over by now)')) state.set(subject, !over)
          }
        }
        for (const { key, on, afterMs } of script) {
          const endMs = nowMs + afterMs
          for (; nowMs < endMs; nowMs = Math.min(nowMs + MINUTE, endMs)) take(rhythm.tick(nowMs))
          take(on ? rhythm.trouble(key, { ...silent, severity, subject: key }, nowMs) : rhythm.over(key, nowMs))
          lasts.set(key, on)
        }
        for (const endMs = nowMs + 3 * HOUR; nowMs < endMs; nowMs += MINUTE) take(rhythm.tick(nowMs))
        for (const [key, on] of lasts) expect(state.get(key) ?? false).toBe(on)
      }),
      { numRuns: 300 },
    )
  })

  test('what is remembered stays bounded under ever new subjects', () => {
    const memory = createMemory()
    const rhythm = rhythmOver(memory)
    for (let i = 0; i < 12_000; i++) rhythm.alert({ ...warning, subject: String(i) }, AT_MS + i)
    expect(memory.kept.size).toBeLessThanOrEqual(10_001)
    // The newest are still known, the first no more.
    expect(rhythm.alert({ ...warning, subject: '11999' }, AT_MS + 13_000)).toEqual([])
    const [[, gathered] = []] = [...memory.kept].filter(([key]) => key.startsWith('gathered '))
    expect(gathered?.length).toBeLessThan(1000)
  })
})
