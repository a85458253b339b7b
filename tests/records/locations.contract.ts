import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordEntry, Records, RegistrationEntry } from '../../src/records/types.ts'
import { AT_MS, registration } from './entries.ts'
import type { Place } from './places.ts'

/** What holds of `location` on any database. */
export function locationsContract(make: () => Promise<Place>): void {
  let place: Place
  let records: Records
  beforeEach(async () => {
    place = await make()
    records = await place.open()
  })
  afterEach(() => place.remove())

  const AOR = { user: '1001', domain: 'example.com' }
  const found = () => records.locations(AOR)
  /** Contact, or where there is none where it came from, with the seconds that it holds from AT_MS on. */
  const bindings = async () =>
    Object.fromEntries(
      (await found()).map(({ contact, received, expiresAtMs }) => [contact ?? received, Math.floor((expiresAtMs - AT_MS + 999) / 1000)]),
    )
  const ended = (more: Partial<RegistrationEntry> = {}) => registration({ expires: 0, atMs: AT_MS + 10_000, ...more })
  const [first, second] = ['sip:1001@192.0.2.7:5060', 'sip:1001@192.0.2.8:5062']

  describe('a registration', () => {
    test('is a row as OpenSIPS has it', async () => {
      await records.write([registration({ contact: '"Alice <a>" <sip:1001@10.0.0.7:5060;transport=tcp>;expires=60;q=0.5', expires: 60 })])
      expect(await found()).toEqual([
        {
          ...AOR,
          contact: 'sip:1001@10.0.0.7:5060;transport=tcp',
          received: '192.0.2.7:5060',
          userAgent: 'Yealink SIP-T46S 66.85.0.5',
          callId: 'a84b4c76e66710',
          expiresAtMs: Math.floor(AT_MS / 1000) * 1000 + 60_000,
          lastModifiedMs: AT_MS,
        },
      ])
      expect(await records.locations({ ip: '192.0.2.7' })).toEqual(await found())
      expect(await records.locations({ ip: '192.0.2.8' })).toEqual([])
    })

    test('that is refreshed is one row, each contact of a user one of its own', async () => {
      await records.write([registration(), registration({ contact: second }), registration({ atMs: AT_MS + 60_000 })])
      await records.write([registration({ atMs: AT_MS + 120_000, contact: first })])
      expect(await bindings()).toEqual({ [first]: 3720, [second]: 3600 })
    })

    test('without a contact is one row for each endpoint that it came from', async () => {
      const from = (port: number, ip = '192.0.2.7') => registration({ contact: null, port, ip })
      await records.write([from(5060), from(5060), from(5061), from(5060, '2001:db8::7')])
      expect(Object.keys(await bindings()).sort()).toEqual(['192.0.2.7:5060', '192.0.2.7:5061', '[2001:db8::7]:5060'])
    })

    test('that does not say how long holds an hour', async () => {
      await records.write([registration({ expires: null })])
      expect(await bindings()).toEqual({ [first]: 3600 })
    })

    test('keeps what a later line of the same binding does not say', async () => {
      await records.write([registration(), registration({ atMs: AT_MS + 1, userAgent: null, callId: null })])
      expect(await found()).toMatchObject([{ userAgent: 'Yealink SIP-T46S 66.85.0.5', callId: 'a84b4c76e66710' }])
    })

    test('never gives way to an older one', async () => {
      await records.write([registration({ atMs: AT_MS + 60_000, port: 5070 })])
      await records.write([registration({ port: 5080 }), ended({ atMs: AT_MS + 1 }), ended({ atMs: AT_MS + 2, contact: '*' })])
      expect(await found()).toMatchObject([{ received: '192.0.2.7:5070', lastModifiedMs: AT_MS + 60_000 }])
      expect(await bindings()).toEqual({ [first]: 3660 })
    })

    test('of nobody knows where from has no endpoint', async () => {
      await records.write([registration({ ip: null, port: null, contact: null })])
      expect(await found()).toMatchObject([{ contact: null, received: null }])
    })

    test('with text of any length is written', async () => {
      const long = '𝄞'.repeat(300)
      await records.write([registration({ user: long, domain: long, contact: long, userAgent: long, callId: long })])
      await records.write([registration({ user: long, domain: long, contact: '*', expires: 0, atMs: AT_MS + 1000 })])
      expect(await records.locations({ user: long, domain: long })).toMatchObject([{ expiresAtMs: Math.floor(AT_MS / 1000) * 1000 + 1000 }])
    })
  })

  describe('an unregistration', () => {
    beforeEach(() => records.write([registration(), registration({ contact: second, ip: '192.0.2.8', port: 5062 })]))

    test('ends its binding at its own time', async () => {
      await records.write([ended()])
      expect(await bindings()).toEqual({ [first]: 10, [second]: 3600 })
    })

    test('of `*` ends all bindings of the user, and nobody else’s', async () => {
      await records.write([registration({ user: '1002' }), ended({ contact: '*' })])
      expect(await bindings()).toEqual({ [first]: 10, [second]: 10 })
      expect(await records.locations({ user: '1002', domain: 'example.com' })).toMatchObject([{ lastModifiedMs: AT_MS }])
    })

    test('without a contact ends those from its address', async () => {
      await records.write([ended({ contact: null, ip: '192.0.2.8', port: 9 })])
      expect(await bindings()).toEqual({ [first]: 3600, [second]: 10 })
    })

    test('between two registrations of one batch ends the earlier one only', async () => {
      const third = registration({ contact: 'sip:1001@192.0.2.9', atMs: AT_MS + 20_000 })
      await records.write([registration({ contact: 'sip:1001@192.0.2.6' }), ended({ contact: '*' }), third])
      expect(await bindings()).toEqual({ 'sip:1001@192.0.2.6': 10, [first]: 10, [second]: 10, 'sip:1001@192.0.2.9': 3620 })
    })

    test('is not undone by a registration before it that comes late', async () => {
      await records.write([ended({ contact: 'sip:1001@192.0.2.9' }), registration({ contact: 'sip:1001@192.0.2.9' })])
      expect(await bindings()).toMatchObject({ 'sip:1001@192.0.2.9': 10 })
    })

    test('of the same second as its registration counts in the order of the log', async () => {
      await records.write([ended({ atMs: AT_MS })])
      expect(await bindings()).toMatchObject({ [first]: 0 })
      await records.write([registration()])
      expect(await bindings()).toMatchObject({ [first]: 3600 })
    })
  })

  test('batches written again leave the same rows', async () => {
    const batches: RecordEntry[][] = [
      [registration(), ended({ atMs: AT_MS + 1 }), registration({ atMs: AT_MS + 2, contact: second })],
      [ended({ atMs: AT_MS + 3, contact: '*' }), registration({ atMs: AT_MS + 4 })],
    ]
    for (const batch of batches) await records.write(batch)
    const before = await found()
    for (const batch of batches) await records.write(batch)
    expect(await found()).toEqual(before)
  })

  test('two writers that touch the same bindings in other orders both succeed', async () => {
    const other = await place.open()
    const users = Array.from({ length: 50 }, (_, i) => String(i))
    const all = users.map((user) => registration({ user }))
    const batches = Array.from({ length: 10 }, (_, i) => (i % 2 ? all : all.toReversed()))
    await Promise.all(batches.map((batch, i) => (i % 2 ? records : other).write(batch)))
    expect(await records.locations({ ip: '192.0.2.7' })).toHaveLength(50)
  })
}
