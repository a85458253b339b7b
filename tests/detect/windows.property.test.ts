import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Jail } from '../../src/config/types.ts'
import type { SipEvent } from '../../src/types.ts'
import { KeptRows } from './kept-rows.ts'
import { type Fired, Model } from './model.ts'
import { detectorWith, eventOf, jailOf, SECOND, type TestDetector } from './samples.ts'

const FINDTIME = 10
const IPS = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']

const step = fc.record({
  gap: fc.integer({ min: 0, max: 6 }),
  delay: fc.integer({ min: 0, max: FINDTIME }),
  ip: fc.constantFrom(...IPS),
  user: fc.constantFrom('a', 'b', 'c', 'd', null),
  success: fc.boolean(),
})
const steps = fc.array(step, { maxLength: 120, size: 'max' })
const jails = fc.record({ maxretry: fc.integer({ min: 1, max: 5 }) })

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never

/** The steps as events in the order of their times. */
function inOrder(given: Steps, successes = false): SipEvent[] {
  let second = 0
  return given.map(({ gap, ip, user, success }, i) => {
    second += gap
    const kind = successes && success ? 'registration' : 'failed_registration'
    return eventOf({ kind, counted: kind !== 'registration', atMs: second * SECOND, ip, user, domain: null, id: `n:${i}` })
  })
}

/** The same events, each up to one findtime late. */
function late(given: Steps, successes = false): SipEvent[] {
  const arrival = new Map(inOrder(given, successes).map((event, i) => [event, event.atMs + given[i]!.delay * SECOND]))
  return [...arrival].sort(([, a], [, b]) => a - b).map(([event]) => event)
}

function detectorOf(jail: Jail): TestDetector {
  return detectorWith([jail], { maxKeys: 1000 })
}

function firedBy(detector: TestDetector, event: SipEvent): Fired | null {
  const [found, ...more] = detector.observe(event)
  expect(more).toEqual([])
  if (!found) return null
  return { filledBy: event.id, key: found.key, atMs: found.atMs, count: found.count, ids: found.hits.map((hit) => hit.id).sort() }
}

function jailWith(given: Partial<Jail>): Jail {
  return jailOf({ findtimeMs: FINDTIME * SECOND, ...given })
}

test('events in the order of their times fire exactly the windows that counting by hand finds', () => {
  fc.assert(
    fc.property(jails, steps, (given, events) => {
      const jail = jailWith(given)
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      for (const event of inOrder(events)) expect(firedBy(detector, event)).toEqual(model.observe(event))
    }),
  )
})

test('events up to one findtime late fire exactly the windows that counting by hand finds', () => {
  fc.assert(
    fc.property(jails, steps, (given, events) => {
      const jail = jailWith(given)
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      for (const event of late(events)) expect(firedBy(detector, event)).toEqual(model.observe(event))
    }),
  )
})

test('events in no order at all fire exactly the windows that counting by hand finds', () => {
  const scattered = fc.array(fc.record({ second: fc.integer({ min: 0, max: 60 }), ip: fc.constantFrom(...IPS) }), {
    maxLength: 100,
    size: 'max',
  })
  fc.assert(
    fc.property(jails, scattered, (given, places) => {
      const jail = jailWith(given)
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      for (const { second, ip } of places) {
        const event = eventOf({ atMs: second * SECOND, ip })
        expect(firedBy(detector, event)).toEqual(model.observe(event))
      }
    }),
  )
})

test('whether an address is found does not depend on the order in which its lines come, up to one findtime late', () => {
  const found = (jail: Jail, events: readonly SipEvent[]) => {
    const detector = detectorOf(jail)
    return new Set(events.flatMap((event) => detector.observe(event)).map((detection) => detection.key))
  }
  fc.assert(
    fc.property(jails, steps, fc.constantFrom(null, 'user' as const), (given, events, distinct) => {
      const jail = jailWith({ ...given, distinct })
      expect(found(jail, late(events))).toEqual(found(jail, inOrder(events)))
    }),
  )
})

test('different users in the order of their times fire when counting by hand says so', () => {
  fc.assert(
    fc.property(jails, steps, (given, events) => {
      const jail = jailWith({ ...given, distinct: 'user' })
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      for (const event of inOrder(events)) {
        const [seen, expected] = [firedBy(detector, event), model.observe(event)]
        expect(seen && { ...seen, ids: [] }).toEqual(expected && { ...expected, ids: [] })
      }
    }),
  )
})

test('different users up to one findtime late first fire when counting by hand says so', () => {
  fc.assert(
    fc.property(jails, steps, (given, events) => {
      const jail = jailWith({ ...given, distinct: 'user' })
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      const done = new Set<string>()
      for (const event of late(events)) {
        const [seen, expected] = [firedBy(detector, event), model.observe(event)]
        const key = seen?.key ?? expected?.key
        if (key === undefined || done.has(key)) continue
        done.add(key)
        expect(seen && { ...seen, ids: [] }).toEqual(expected && { ...expected, ids: [] })
      }
    }),
  )
})

test('lines that are read again change nothing', () => {
  const again = fc.array(fc.nat(), { maxLength: 60, size: 'max' })
  fc.assert(
    fc.property(jails, steps, again, fc.constantFrom(null, 'user' as const), (given, events, repeats, distinct) => {
      const jail = jailWith({ ...given, distinct })
      const [once, twice] = [detectorOf(jail), detectorOf(jail)]
      const read: SipEvent[] = []
      inOrder(events).forEach((event, i) => {
        expect(firedBy(twice, event)).toEqual(firedBy(once, event))
        read.push(event)
        const repeat = repeats[i]
        if (repeat !== undefined) expect(twice.observe(read[repeat % read.length]!)).toEqual([])
      })
    }),
  )
})

test('an address with a success in the findtime before is spared, whatever the order of its lines', () => {
  fc.assert(
    fc.property(jails, steps, (given, events) => {
      const jail = jailWith({ ...given, unless: 'success' })
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      for (const event of inOrder(events, true)) {
        const [seen, expected] = [firedBy(detector, event), model.observe(event)]
        expect(seen?.filledBy).toBe(expected?.filledBy)
      }
    }),
  )
  fc.assert(
    fc.property(steps, (events) => {
      const jail = jailWith({ maxretry: 1, unless: 'success' })
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      for (const event of late(events, true)) expect(firedBy(detector, event)?.filledBy).toBe(model.observe(event)?.filledBy)
    }),
  )
})

test('a forgotten address starts anew, and its older lines in flight do not count', () => {
  const forgets = fc.array(fc.option(fc.constantFrom(...IPS)), { maxLength: 120, size: 'max' })
  fc.assert(
    fc.property(jails, steps, forgets, (given, events, forgotten) => {
      const jail = jailWith(given)
      const [detector, model] = [detectorOf(jail), new Model(jail)]
      let newestMs = 0
      late(events).forEach((event, i) => {
        newestMs = Math.max(newestMs, event.atMs)
        expect(firedBy(detector, event)).toEqual(model.observe(event))
        const ip = forgotten[i]
        if (!ip) return
        detector.forget(ip, newestMs)
        model.forget(ip, newestMs)
      })
    }),
  )
})

test('a detector that was journalled and restored goes on as if nothing had happened', () => {
  const all: Jail[] = [
    jailWith({ name: 'plain' }),
    jailWith({ name: 'distinct', distinct: 'user' }),
    jailWith({ name: 'spared', unless: 'success' }),
    jailOf({
      name: 'staged',
      by: ['user'],
      distinct: 'ip',
      findtimeMs: 40 * SECOND,
      maxretry: 2,
      unless: 'success',
      second: { by: ['user', 'ip'], maxretry: 2, findtimeMs: 40 * SECOND, bantimeMs: null },
    }),
  ]
  fc.assert(
    fc.property(steps, fc.array(fc.nat({ max: 119 }), { maxLength: 4, size: 'max' }), fc.nat({ max: 119 }), (given, restarts, forgetAt) => {
      const events = late(given, true)
      const journal = new KeptRows()
      const steady = detectorWith(all, { maxKeys: 1000 })
      let restarted = detectorWith(all, { maxKeys: 1000 })
      events.forEach((event, i) => {
        if (restarts.includes(i)) {
          journal.put(restarted.drain())
          restarted = detectorWith(all, { maxKeys: 1000 })
          restarted.restore(journal.rows)
          expect(restarted.sizes().keys).toBe(steady.sizes().keys)
        }
        if (i === forgetAt) for (const detector of [steady, restarted]) detector.forget(event.ip!, event.atMs)
        if (i % 40 === 39) for (const detector of [steady, restarted]) detector.sweep(event.atMs)
        expect(restarted.observe(event)).toEqual(steady.observe(event))
      })
    }),
  )
})
