import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SipguardError } from '../../src/errors.ts'
import type { Records, RegistrationEntry } from '../../src/records/types.ts'
import { CASES, type PhoneCase } from './phone-cases.ts'
import { onEachDatabase, registration, START_MS } from './phone-databases.ts'
import { openPhones, type Place } from './phone-places.ts'

const minuteOf = (ms: number) => (ms - START_MS) / 60_000
const M1 = '001565000001'

async function rowsOf(records: Records): Promise<PhoneCase['rows']> {
  const rows = await records.phones({})
  return rows.map((row) => [row.mac, row.extension, row.ip, minuteOf(row.firstRegisteredMs), minuteOf(row.lastRegisteredMs)] as const)
}

async function historyOf(records: Records): Promise<string[]> {
  const changes = await records.phoneHistory((await records.phones({})).map(({ id }) => id))
  return changes.toSorted((a, b) => a.atMs - b.atMs).map(({ mac, extension, ip }) => `${mac} ${extension} ${ip}`)
}

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
  mac: fc.option(fc.constantFrom(M1, '001565000002', '001565000003')),
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
  const withRecords = async (
    work: (records: Records) => Promise<void>,
    ...judging: Parameters<typeof openPhones> extends [Place, ...infer R] ? R : never
  ) => {
    const records = await openPhones(await newPlace(), ...judging)
    await work(records).finally(() => records.close())
  }

  describe('a registration', () => {
    test.each(CASES)('$title', ({ entries, rows, history }) =>
      withRecords(async (records) => {
        for (const one of entries) await records.write([one])
        expect(await rowsOf(records)).toEqual(rows)
        expect(await historyOf(records)).toEqual(history)
      }),
    )

    test('that is an unregistration, or names no address or nobody, stores nothing', () =>
      withRecords(async (records) => {
        await records.write([registration(0, { expires: 0 }), registration(1, { ip: null }), registration(2, { user: '' })])
        expect(await records.phones({})).toEqual([])
      }))

    test('is stored whole, and what is too long is cut', () =>
      withRecords(async (records) => {
        const user = '12345678901234567890xyz'
        const userAgent = `Yealink ${'\u{1f600}'.repeat(300)}\0`
        await records.write([registration(0, { user, userAgent, contact: `<sip:u@h:5070;x=1>;mac=${M1}`, expires: null })])
        const [{ id: _, ...phone }] = (await records.phones({})) as [Awaited<ReturnType<Records['phones']>>[number]]
        expect(phone).toEqual({
          mac: M1,
          extension: '12345678901234567890',
          userAgent: `Yealink ${'\u{1f600}'.repeat(247)}`,
          ip: '192.0.2.7',
          contactUri: 'sip:u@h:5070',
          expires: 3600,
          firstRegisteredMs: START_MS,
          lastRegisteredMs: START_MS,
        })
      }))

    test('with another user agent is a change worth a history row', () =>
      withRecords(async (records) => {
        await records.write([registration(0), registration(1, { userAgent: 'Yealink SIP-T46S 66.86.0.15' })])
        const [phone] = await records.phones({})
        expect(phone?.userAgent).toBe('Yealink SIP-T46S 66.86.0.15')
        const changes = await records.phoneHistory([phone!.id])
        expect(changes.map(({ userAgent, atMs }) => [userAgent, minuteOf(atMs)])).toEqual([['Yealink SIP-T46S 66.85.0.5', 1]])
      }))

    test('that comes late moves nothing back', () =>
      withRecords(async (records) => {
        const mac = (minute: number, ip: string, user: string) =>
          registration(minute, { ip, user, contact: `sip:${user}@10.0.0.5;mac=${M1}`, userAgent: null })
        await records.write([mac(5, '192.0.2.8', '1002'), mac(3, '192.0.2.7', '1001'), mac(4, '192.0.2.9', '1002')])
        expect(await rowsOf(records)).toEqual([[M1, '1002', '192.0.2.8', 3, 5]])
        expect(await historyOf(records)).toEqual([])
      }))

    test('within the same second moves the phone', () =>
      withRecords(async (records) => {
        const at = (ip: string) => registration(0, { ip, contact: `sip:1001@10.0.0.5;mac=${M1}` })
        await records.write([at('192.0.2.7'), at('192.0.2.8')])
        await records.write([at('192.0.2.7'), at('192.0.2.8')])
        expect(await rowsOf(records)).toEqual([[M1, '1001', '192.0.2.8', 0, 0]])
        expect(await historyOf(records)).toEqual([`${M1} 1001 192.0.2.7`])
      }))
  })

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

    test.each([1, 2, 3])('nor in any other order, %i', (seed) =>
      withRecords(async (records) => {
        const entries = randomEntries(seed)
        await records.write(entries)
        await expectSound(records, entries)
        const before = await records.phones({})
        await records.write(entries)
        await expectSound(records, entries)
        expect((await records.phones({})).length).toBe(before.length)
      }),
    )
  })

  test('without a MAC, from where a phone was until that very moment, does not move it back onto a line that is another row by now', () =>
    withRecords(async (records) => {
      const line = (minute: number, user: string, ip: string) => registration(minute, { user, ip, contact: `sip:${user}@h;mac=${M1}` })
      await records.write([
        line(0, '1001', '192.0.2.7'),
        line(1, '1002', '192.0.2.7'),
        line(2, '1001', '192.0.2.7'),
        line(3, '1002', '192.0.2.8'),
      ])
      const rows = [
        [M1, '1002', '192.0.2.8', 1, 3],
        [M1, '1001', '192.0.2.7', 0, 2],
      ]
      expect(await rowsOf(records)).toEqual(rows)
      await records.write([registration(2, { user: '1002', ip: '192.0.2.7', contact: null, userAgent: 'snomD735/10.1.42.14' })])
      expect(await rowsOf(records)).toEqual(rows)
    }))

  describe('phones', () => {
    const three = [
      registration(0, { user: '1001', contact: `sip:1001@h;mac=${M1}` }),
      registration(1, { user: '1002', ip: '192.0.2.8', contact: 'sip:1002@h' }),
      registration(2, { user: '1003', contact: 'sip:1003@h' }),
    ]
    const extensions = async (records: Records, query: Parameters<Records['phones']>[0]) =>
      (await records.phones(query)).map(({ extension }) => extension)

    test('are found by MAC, address and extension, the newest first', () =>
      withRecords(async (records) => {
        await records.write(three)
        expect(await extensions(records, {})).toEqual(['1003', '1002', '1001'])
        expect(await extensions(records, { mac: '00-15-65-00-00-01' })).toEqual(['1001'])
        expect(await extensions(records, { ip: '::ffff:192.0.2.7' })).toEqual(['1003', '1001'])
        expect(await extensions(records, { extension: '1002' })).toEqual(['1002'])
        expect(await extensions(records, { ip: '192.0.2.8', extension: '1001' })).toEqual([])
      }))

    test.each(['', 'null', '00:15:65'])('are not looked up or moved by %j, which is no MAC', (mac) =>
      withRecords(async (records) => {
        const refusal = new SipguardError('MAC_INVALID', `expected a MAC address such as 00:15:65:12:34:56, got '${mac}'`)
        await expect(records.phones({ mac })).rejects.toThrow(refusal)
        await expect(records.movePhone(mac, '1001', START_MS)).rejects.toThrow(refusal)
      }),
    )

    test('of one MAC are moved to an extension, all rows of it into one', () =>
      withRecords(async (records) => {
        const line = (minute: number, user: string) => registration(minute, { user, contact: `sip:${user}@h;mac=${M1}` })
        await records.write([0, 2].flatMap((minute) => [line(minute, '1001'), line(minute + 1, '1002')]))
        expect(await extensions(records, {})).toEqual(['1002', '1001'])
        const changes = (await historyOf(records)).length
        expect(await records.movePhone('00:15:65:00:00:01', '1003', START_MS + 600_000)).toBe(2)
        expect(await rowsOf(records)).toEqual([[M1, '1003', '192.0.2.7', 0, 3]])
        expect(await historyOf(records)).toHaveLength(changes + 2)
        expect(await records.movePhone(M1, '1003', START_MS + 660_000)).toBe(0)
        expect(await records.movePhone('001565000009', '1003', START_MS)).toBe(0)
      }))

    test('are pruned when they are old, or have no MAC, and their history with them', () =>
      withRecords(async (records) => {
        await records.write([
          ...three,
          registration(3, { user: '1002', ip: '192.0.2.8', contact: 'sip:1002@h', userAgent: 'baresip v1.1.0' }),
        ])
        const ids = (await records.phones({})).map(({ id }) => id)
        expect(await records.phoneHistory(ids)).toHaveLength(1)
        expect(await records.prunePhones({ beforeMs: START_MS + 60_000 })).toBe(1)
        expect(await extensions(records, {})).toEqual(['1002', '1003'])
        expect(await records.prunePhones({ incomplete: true })).toBe(2)
        expect(await records.phones({})).toEqual([])
        expect(await records.phoneHistory(ids)).toEqual([])
      }))
  })

  describe('a suspicious registration', () => {
    test('is told with its evidence, once for each change and once after each start', async () => {
      const place = await newPlace()
      const judging = { provisioned: new Map([[M1, new Set(['1002'])]]) }
      const one = (minute: number) => registration(minute, { contact: `sip:1001@h;mac=${M1}` })
      const told = { kind: 'unauthorized_device', ip: '192.0.2.7', port: 5060, transport: 'udp', user: '1001@example.com' }
      const detail = `MAC ${M1} is provisioned for 1002, not for 1001`
      const first = await openPhones(place, judging)
      expect(await first.write([one(0), one(1)])).toEqual([{ ...told, atMs: START_MS, detail }])
      expect(await first.write([one(2)])).toEqual([])
      await first.close()
      const second = await openPhones(place, judging)
      expect(await second.write([one(3), one(4)])).toEqual([{ ...told, atMs: START_MS + 180_000, detail }])
      await second.close()
    })

    test('is judged by the phones and former addresses of its extension', () =>
      withRecords(
        async (records) => {
          const at = (minute: number, ip: string) => registration(minute, { ip, contact: `sip:1001@h;mac=${M1}` })
          expect(await records.write([at(0, '192.0.2.7'), at(1, '192.0.2.8')])).toEqual([])
          expect(await records.write([at(2, '192.0.2.7')])).toEqual([])
          const [jump, ...more] = await records.write([at(3, '198.51.100.1')])
          expect(jump).toMatchObject({ kind: 'credential_suspect', detail: 'extension 1001 registers from FR, before from DE' })
          expect(more).toEqual([])
          expect(await records.write([registration(4, { userAgent: 'baresip v1.1.0', contact: 'sip:1001@h:5099' })])).toMatchObject([
            { kind: 'unauthorized_device', detail: "'baresip v1.1.0' was never seen on extension 1001" },
            { kind: 'credential_suspect', detail: 'extension 1001 is registered in DE and in FR at once (198.51.100.1)' },
          ])
        },
        { placeOf: (ip) => ({ country: ip.startsWith('192.0.2') ? 'DE' : 'FR', asn: null }) },
      ))
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
