import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeOf } from '../../src/detect/ids.ts'
import { Names } from '../../src/detect/names.ts'
import { formatIPv4, parseIPv4 } from '../../src/ipv4.ts'
import { detectorWith, eventOf, eventsAt, jailOf, SECOND, SWEEP } from './samples.ts'

test('forty jails that look at one address are counted like one', () => {
  const jails = Array.from({ length: 40 }, (_, i) => jailOf({ name: `jail-${i}`, maxretry: 2 + (i % 2) }))
  const detector = detectorWith(jails)
  expect(eventsAt([0, 1, 2]).map((event) => detector.observe(event).length)).toEqual([0, 20, 20])
  detector.reconfigure(jails.slice(17), SWEEP)
  expect(eventsAt([3, 4]).map((event) => detector.observe(event).length)).toEqual([11, 0])
})

test('ids come back as they were, whatever they look like', () => {
  const offset = fc.bigInt({ min: 0n, max: 2n ** 50n }).map((number) => `node:stream:${number}`)
  const id = fc.oneof(
    fc.string(),
    offset,
    fc.constantFrom('', ':', 'n:', 'n:0', 'n:01', '7', 'n:s:-1', 'journal=s=ключ;i=1', `n:${'9'.repeat(40)}`),
  )
  fc.assert(
    fc.property(fc.uniqueArray(id, { minLength: 1, maxLength: 20 }), (ids) => {
      const detector = detectorWith([jailOf({ maxretry: ids.length })])
      const found = ids.flatMap((id) => detector.observe(eventOf({ id })))
      // Those of one moment stand in no order that means anything.
      expect(found.flatMap(({ hits }) => hits.map((hit) => hit.id)).sort()).toEqual(ids.toSorted())
    }),
  )
  expect(placeOf('n:s:120')).toEqual({ stem: 'n:s:', offset: 120 })
})

test('a name is held as often as it is released, and its number is used again', () => {
  const names = new Names(4)
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 70 }), { maxLength: 200 }), (texts) => {
      const held = texts.map((text) => names.hold(text))
      expect(held.map((name) => names.textOf(name))).toEqual(texts)
      for (const [i, text] of texts.entries()) expect(names.find(text)).toBe(held[i])
      for (const name of held) names.release(name)
      for (const text of texts) expect(names.find(text)).toBe(0)
    }),
  )
})

test('a user and his domain have the name of both joined', () => {
  const names = new Names(4)
  const part = fc.string({ unit: 'binary', maxLength: 70 })
  fc.assert(
    fc.property(part, part, (user, domain) => {
      const name = names.hold(user, domain)
      expect(names.textOf(name)).toBe(`${user}@${domain}`)
      expect(names.hold(`${user}@${domain}`)).toBe(name)
      for (const held of [name, name]) names.release(held)
    }),
  )
})

test('IPv4 addresses are numbers, nothing else is', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(formatIPv4(parseIPv4(address)!)).toBe(address)
    }),
  )
  for (const text of ['', '1001', '2001:db8::/64', '192.0.2.1:5060/udp', '1.2.3']) expect(parseIPv4(text)).toBeNull()
})

test('a flood of addresses, users and hits that pass leaves nothing behind', () => {
  const detector = detectorWith([jailOf(), jailOf({ name: 'users', by: ['user'], distinct: 'ip' })], { maxKeys: 50 })
  for (let i = 0; i < 5000; i++) detector.observe(eventOf({ ip: `10.0.${i & 63}.${i % 7}`, user: `u${i % 97}`, atMs: i * 700 }))
  expect(detector.sizes().keys).toBe(50)
  detector.sweep(5000 * SECOND + 3 * 864e5)
  expect(detector.sizes().keys).toBe(0)
})
