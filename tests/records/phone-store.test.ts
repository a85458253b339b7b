import { describe, expect, test } from 'vitest'
import { SipguardError } from '../../src/errors.ts'
import type { Records } from '../../src/records/types.ts'
import { CASES, type PhoneCase } from './phone-cases.ts'
import { minuteOf, onEachDatabase, registration, START_MS } from './phone-databases.ts'
import { openPhones, type Place } from './phone-places.ts'

const M1 = '001565000001'

async function rowsOf(records: Records): Promise<PhoneCase['rows']> {
  const rows = await records.phones({})
  return rows.map((row) => [row.mac, row.extension, row.ip, minuteOf(row.firstRegisteredMs), minuteOf(row.lastRegisteredMs)] as const)
}

async function historyOf(records: Records): Promise<string[]> {
  const changes = await records.phoneHistory((await records.phones({})).map(({ id }) => id))
  return changes.toSorted((a, b) => a.atMs - b.atMs).map(({ mac, extension, ip }) => `${mac} ${extension} ${ip}`)
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
  })

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
