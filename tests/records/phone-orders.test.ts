import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Records, RegistrationEntry } from '../../src/records/types.ts'
import { CASES } from './phone-cases.ts'
import { minuteOf, onEachDatabase, registration } from './phone-databases.ts'
import { openPhones, type Place } from './phone-places.ts'

/** Each writer is a thread with a connection of its own. */
async function writeAtOnce(place: Place, writers: readonly (readonly (readonly RegistrationEntry[])[])[]): Promise<void> {
  await (await openPhones(place)).close()
  const done = writers.map(async (batches) => {
    const worker = new Worker(new URL('./phone-writer.ts', import.meta.url), { workerData: { place, batches } })
    await once(worker, 'message')
    await worker.terminate()
  })
  await Promise.all(done)
}

const entry = fc.record({
  minute: fc.nat(200),
  mac: fc.option(fc.constantFrom('001565000001', '001565000002', '001565000003')),
  ip: fc.constantFrom('192.0.2.7', '192.0.2.8', '10.0.0.5'),
  user: fc.constantFrom('1001', '1002'),
  port: fc.option(fc.constantFrom(5060, 5062)),
  userAgent: fc.option(fc.constantFrom('snomD735/10.1.42.14', 'Yealink SIP-T46S 66.85.0.5')),
})

function randomEntries(seed: number): RegistrationEntry[] {
  return fc.sample(entry, { seed, numRuns: 120 }).map(({ minute, mac, ip, user, port, userAgent }) => {
    const contact = port === null && mac === null ? null : `<sip:${user}@10.0.0.9:${port ?? 5060}>${mac === null ? '' : `;mac=${mac}`}`
    return registration(minute, { ip, user, contact, userAgent })
  })
}

/** What must hold whatever was written in whatever order: nothing twice, nothing lost, the times right. */
async function expectSound(records: Records, entries: readonly RegistrationEntry[]): Promise<void> {
  const rows = await records.phones({})
  const history = await records.phoneHistory(rows.map(({ id }) => id))
  const named = rows.filter(({ mac }) => mac !== null).map(({ mac, extension }) => `${mac} ${extension}`)
  expect(new Set(named).size).toBe(named.length)
  const places = new Set([...rows, ...history].map(({ ip, extension }) => `${ip} ${extension}`))
  for (const { ip, user, contact, atMs } of entries) {
    expect(places).toContain(`${ip} ${user}`)
    const mac = contact?.split('mac=')[1]
    if (mac === undefined) continue
    const same = rows.filter((row) => row.mac === mac)
    expect(Math.min(...same.map((row) => row.firstRegisteredMs))).toBeLessThanOrEqual(atMs)
    expect(Math.max(...same.map((row) => row.lastRegisteredMs))).toBeGreaterThanOrEqual(atMs)
  }
  const atMs = entries.map((one) => one.atMs)
  expect(Math.min(...rows.map((row) => row.firstRegisteredMs))).toBe(Math.min(...atMs))
  expect(Math.max(...rows.map((row) => row.lastRegisteredMs))).toBe(Math.max(...atMs))
}

onEachDatabase((newPlace) => {
  describe('under concurrent writers', () => {
    test('every case leaves the same rows', async () => {
      // Each case has extensions of its own, so that all of them can be written by the same threads.
      const own = CASES.map(({ entries }, i) => entries.map((one) => relabelled(one, i)))
      const place = await newPlace()
      const batches = own.flatMap((entries) => entries.map((one) => [one]))
      await writeAtOnce(place, [batches, batches, batches])
      const records = await openPhones(place)
      for (const [i, { title, rows, history }] of CASES.entries()) {
        const extensions = new Set(own[i]!.map(({ user }) => user))
        const phones = (await records.phones({})).filter(({ extension }) => extensions.has(extension))
        expect(
          phones.map((row) => [minuteOf(row.firstRegisteredMs), minuteOf(row.lastRegisteredMs)]),
          title,
        ).toEqual(rows.map(([, , , first, last]) => [first, last]))
        expect(await records.phoneHistory(phones.map(({ id }) => id)), title).toHaveLength(history.length)
      }
      await records.close()
    }, 60_000)

    test('nothing is stored twice, nothing is lost, and the times are right', async () => {
      const place = await newPlace()
      const entries = randomEntries(7)
      const writers = [0, 1, 2].map((writer) => {
        const mine = writer % 2 === 0 ? entries : entries.toReversed()
        return Array.from({ length: 12 }, (_, i) => mine.slice(i * 10, i * 10 + 10))
      })
      await writeAtOnce(place, writers)
      const records = await openPhones(place)
      await expectSound(records, entries)
      await records.close()
    }, 60_000)

    test.each([1, 2, 3])('nor in any other order, %i', async (seed) => {
      const records = await openPhones(await newPlace())
      const entries = randomEntries(seed)
      await records.write(entries)
      await expectSound(records, entries)
      const before = await records.phones({})
      await records.write(entries)
      await expectSound(records, entries)
      expect((await records.phones({})).length).toBe(before.length)
      await records.close()
    })
  })
})

/** The same registration of extensions, MACs and private addresses that only this case has. */
function relabelled(one: RegistrationEntry, i: number): RegistrationEntry {
  const label = (text: string) =>
    text
      .replaceAll(/\b100([12])\b/g, `${i}00$1`)
      .replaceAll('001565', `0015${String(i).padStart(2, '0')}`)
      .replaceAll('sip:a@', `sip:a${i}@`)
  const ip = one.ip?.startsWith('10.') ? `10.0.${i}.5` : one.ip
  return { ...one, user: label(one.user), contact: one.contact && label(one.contact), ip }
}
