import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AttemptEntry, EventQuery, EventRow, Records } from '../../src/records/types.ts'
import { AT_MS, attempt, ban, lift, registration } from './entries.ts'
import { NO_PHONES, type Place } from './places.ts'

const KINDS = ['failed_registration', 'failed_auth', 'door_knock', 'flood', 'call_rejected', 'malformed'] as const
const LONG = '𝄞'.repeat(300)

/** What holds on any database. */
export function recordsContract(make: () => Promise<Place>): void {
  let place: Place
  let records: Records
  beforeEach(async () => {
    place = await make()
    records = await place.open()
  })
  afterEach(() => place.remove())

  const events = (query: Partial<EventQuery> = {}) => records.events({ limit: 1000, ...query })

  describe('attempts', () => {
    test('come back as they were written, whatever their kind', async () => {
      const written = KINDS.map((kind, i) => attempt({ kind, atMs: AT_MS - i }))
      await records.write(written)
      expect((await events()).map(asEntry)).toEqual(written)
    })

    test('come back with all that is not known', async () => {
      const unknown = { ip: null, port: null, transport: null, user: null, domain: null, userAgent: null, method: null }
      const written = KINDS.map((kind, i) =>
        attempt({ kind, ...unknown, code: null, reason: null, expires: null, requestUri: null, attempts: 7, atMs: AT_MS - i }),
      )
      await records.write(written)
      expect((await events()).map(asEntry)).toEqual(written)
    })

    test('stand in the tables of the seeds, under their names', async () => {
      await records.write([attempt(), attempt({ kind: 'door_knock', reason: 'domain_not_found' }), attempt({ kind: 'flood' })])
      const shared = { domain: 'example.com', source_ip: '192.0.2.7', source_port: 5060, user_agent: 'Yealink SIP-T46S 66.85.0.5' }
      const failed = 'username, domain, source_ip, source_port, user_agent, response_code, response_reason, expires_header'
      expect(numbers(await place.query(`SELECT ${failed} FROM failed_registrations`))).toEqual([
        { ...shared, username: 1001, response_code: 403, response_reason: 'Forbidden', expires_header: 3600 },
      ])
      const knock = 'domain, source_ip, source_port, user_agent, method, request_uri, reason'
      expect(numbers(await place.query(`SELECT ${knock} FROM door_knock_attempts`))).toEqual([
        { ...shared, method: 'REGISTER', request_uri: 'sip:example.com', reason: 'domain_not_found' },
      ])
      expect(await place.query('SELECT kind FROM other_attempts')).toEqual([{ kind: 'flood' }])
    })

    test('written again change nothing', async () => {
      const batch = KINDS.map((kind) => attempt({ kind }))
      await records.write(batch)
      const before = await events()
      await records.write([...batch, ...batch.map((entry) => ({ ...entry, user: 'somebody else' }))])
      expect(await events()).toEqual(before)
    })

    test('that are counted keep the largest count, in whatever order they come', async () => {
      const counted = (attempts: number) => attempt({ id: 'counted', attempts, atMs: AT_MS + attempts, user: null })
      await records.write([counted(3), counted(9), counted(5)])
      await records.write([counted(4)])
      expect(await events()).toMatchObject([{ attempts: 9, atMs: AT_MS + 9 }])
      await records.write([counted(12)])
      expect(await events()).toMatchObject([{ attempts: 12, atMs: AT_MS + 12 }])
    })

    test('are written all or none', async () => {
      const failing = await place.open({ ...NO_PHONES, record: () => Promise.reject(new Error('no phone can be written')) })
      await expect(failing.write([attempt(), registration(), ban()])).rejects.toMatchObject({
        code: 'RECORDS_UNAVAILABLE',
        message: expect.stringMatching(/^cannot use the records in .+: no phone can be written$/),
      })
      expect(await events()).toEqual([])
      expect(await records.locations({ ip: '192.0.2.7' })).toEqual([])
      expect(await records.bans({ ip: '192.0.2.7', limit: 10 })).toEqual([])
      await records.write([attempt()])
      expect(await events()).toHaveLength(1)
    })

    test('are cut to their columns by characters, and never refused', async () => {
      const long = { user: LONG, domain: LONG, userAgent: LONG, method: LONG, reason: LONG, requestUri: LONG, ip: LONG }
      await records.write(KINDS.map((kind) => attempt({ kind, ...long })))
      for (const { user, domain, userAgent, method, reason, requestUri, ip } of await events()) {
        expect([user, domain, userAgent, method, reason, requestUri, ip].map((text) => [...(text ?? '')].length)).toEqual([
          64, 255, 255, 32, 255, 255, 50,
        ])
        expect(user).toBe('𝄞'.repeat(64))
      }
      expect(await events({ user: LONG, domain: LONG })).toHaveLength(KINDS.length)
    })

    test('lose what a database cannot hold, and nothing else', async () => {
      await records.write([attempt({ user: 'a\0b\ud834c\udd1ed', userAgent: "'; DROP TABLE bans; --\u202e\t\n" })])
      expect(await events()).toMatchObject([{ user: 'abcd', userAgent: "'; DROP TABLE bans; --\u202e\t\n" }])
    })

    test('with ids too long for a column stay apart', async () => {
      const ids = ['a', 'b'].map((end) => 'x'.repeat(400) + end)
      await records.write(ids.map((id) => attempt({ id })))
      await records.write(ids.map((id) => attempt({ id })))
      expect(await events()).toHaveLength(2)
    })

    test('with numbers beyond all sense are written nevertheless', async () => {
      const odd = { port: 1e9, code: -5, expires: 1e300, atMs: 1e300 }
      await records.write([attempt(odd), attempt({ ...odd, kind: 'flood', atMs: Number.NEGATIVE_INFINITY, expires: Number.NaN })])
      expect(await events()).toMatchObject([
        { port: 65_535, code: 0, expires: 2 ** 32 - 1, atMs: Date.UTC(9999, 11, 31, 23, 59, 59, 999) },
        { atMs: 0, expires: null },
      ])
    })

    test('of any text can be written and are found by it', async () => {
      const text = fc.string({ unit: 'binary', maxLength: 90 })
      await fc.assert(
        fc.asyncProperty(text, text, text, async (user, domain, userAgent) => {
          const entry = attempt({ user, domain, userAgent })
          await records.write([entry])
          expect(await events({ user, domain })).toContainEqual(expect.objectContaining({ id: entry.id }))
        }),
        { numRuns: 50 },
      )
    })
  })

  describe('a search for events', () => {
    const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
    const some = fc.record({
      kind: one(...KINDS),
      ip: one('192.0.2.7', '2001:db8::7', null),
      user: one('1001', '1002', null),
      domain: one('example.com', 'example.net'),
      atMs: fc.integer({ min: 0, max: 5 }).map((n) => AT_MS + n * 1000),
    })
    const maybe = <T>(...values: readonly T[]) => fc.option(one(...values), { nil: undefined })
    const query = fc.record({
      kind: maybe(...KINDS),
      ip: maybe('192.0.2.7', '2001:db8::7'),
      user: maybe('1001'),
      domain: maybe('example.net'),
      sinceMs: maybe(AT_MS + 2000),
    })

    test('finds what all its conditions hold for, newest first, page by page as at once', async () => {
      const entries = fc.sample(some, { numRuns: 200, seed: 7 }).map((more) => attempt(more))
      await records.write(entries)
      await fc.assert(
        fc.asyncProperty(query, fc.integer({ min: 1, max: 40 }), async (asked, limit) => {
          const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Partial<EventQuery>
          const found = await events(given)
          expect(found.map(({ id }) => id).sort()).toEqual(
            entries
              .filter((entry) => holds(given, entry))
              .map(({ id }) => id)
              .sort(),
          )
          expect(found.map(({ atMs }) => atMs)).toEqual(found.map(({ atMs }) => atMs).sort((a, b) => b - a))
          const pages: EventRow[] = []
          for (let page: readonly EventRow[]; pages.length < found.length; pages.push(...page)) {
            const after = pages.at(-1)?.cursor
            page = await records.events({ ...given, limit, ...(after === undefined ? {} : { after }) })
            expect(page.length).toBeGreaterThan(0)
          }
          expect(pages).toEqual(found)
        }),
        { numRuns: 40, seed: 7 },
      )
    })

    test('finds nothing of a kind that is not written down', async () => {
      await records.write([attempt()])
      expect(await events({ kind: 'request' })).toEqual([])
    })

    test('goes on behind its cursor when newer ones have come meanwhile', async () => {
      await records.write([1, 2, 3].map((i) => attempt({ id: `old ${i}`, atMs: AT_MS + i })))
      const [first] = await events({ limit: 1 })
      await records.write([attempt({ id: 'new', atMs: AT_MS + 9 })])
      expect((await events({ after: first!.cursor })).map(({ id }) => id)).toEqual(['old 2', 'old 1'])
    })

    test('refuses what is no cursor', async () => {
      await expect(events({ after: '1; DROP' })).rejects.toMatchObject({
        code: 'USAGE',
        message: 'expected the cursor of an event, got "1; DROP"',
      })
    })
  })

  describe('bans', () => {
    const found = (ip = '192.0.2.7') => records.bans({ ip, limit: 10 })

    test('come back as they were decided, newest first', async () => {
      const address = ban()
      const endpoint = ban({ scope: 'endpoint', port: 5062, transport: 'tcp', fromMs: AT_MS + 1, untilMs: null, nth: 2 })
      const prefix = ban({ ip: '2001:db8::7', scope: 'prefix', prefix: '2001:db8::/64' })
      await records.write([address, endpoint, prefix])
      expect(await found()).toEqual([endpoint, address].map(({ ban }) => ({ ban, liftedAtMs: null })))
      expect(await found('2001:db8::7')).toEqual([{ ban: prefix.ban, liftedAtMs: null }])
    })

    test('written by every node of a fleet are one', async () => {
      const other = await place.open()
      await Promise.all([records, other].map((node) => node.write([ban(), ban(), ban({ ip: '192.0.2.8' })])))
      expect(await found()).toHaveLength(1)
    })

    test('that were lifted say when, the first time', async () => {
      const entry = ban()
      await records.write([entry, lift(entry, AT_MS + 1000)])
      await records.write([entry, lift(entry, AT_MS + 2000)])
      expect(await found()).toMatchObject([{ liftedAtMs: AT_MS + 1000 }])
    })
  })

  describe('purge', () => {
    test('removes what ended before, and nothing else', async () => {
      const [old, young] = [AT_MS, AT_MS + 10_000]
      await records.write([
        ...KINDS.flatMap((kind) => [attempt({ kind, atMs: old }), attempt({ kind, atMs: young, id: `young ${kind}` })]),
        registration({ atMs: old, user: 'gone', expires: 1 }),
        registration({ atMs: old, user: 'there', expires: 60 }),
        ban({ untilMs: old + 1 }),
        ban({ untilMs: null, fromMs: old + 1 }),
        ban({ untilMs: young + 1, fromMs: old + 2 }),
        ban({ untilMs: null, fromMs: old + 3 }),
        lift(ban({ fromMs: old + 3 }), old + 4),
      ])
      expect(await records.purge(young)).toBe(KINDS.length + 3)
      expect((await events()).map(({ id }) => id).sort()).toEqual(KINDS.map((kind) => `young ${kind}`).sort())
      expect((await records.locations({ ip: '192.0.2.7' })).map(({ user }) => user)).toEqual(['there'])
      expect((await records.bans({ ip: '192.0.2.7', limit: 10 })).map(({ ban }) => ban.untilMs)).toEqual([young + 1, null])
      expect(await records.purge(young)).toBe(0)
    })

    test('leaves phones, and takes their old history', async () => {
      const at = "'2026-01-15 10:30:45.123Z'"
      await place.query(`INSERT INTO registered_phones
        (extension_number, ip_address, first_registered, last_registered, contact_key, expires)
        VALUES ('1001', '192.0.2.7', ${at}, ${at}, '1001:5060', 3600)`)
      await place.query(`INSERT INTO phone_history (phone_id, extension_number, ip_address, changed_at)
        VALUES (1, '1001', '192.0.2.6', ${at})`)
      expect(await records.purge(AT_MS + 1)).toBe(1)
      expect(await place.query('SELECT extension_number FROM registered_phones')).toEqual([{ extension_number: '1001' }])
    })

    test('removes more than one statement does', async () => {
      const entries = Array.from({ length: 500 }, () => attempt())
      for (let i = 0; i < 11; i++) await records.write(entries.map((entry, j) => ({ ...entry, id: `${i} ${j}` })))
      expect(await records.purge(AT_MS + 1)).toBe(5500)
    })
  })

  test('what was written is there when it is opened again', async () => {
    await records.write([attempt()])
    await records.close()
    records = await place.open()
    expect(await events()).toHaveLength(1)
  })

  test('what is closed is not available', async () => {
    await records.close()
    await expect(events()).rejects.toMatchObject({ code: 'RECORDS_UNAVAILABLE' })
  })
}

const asEntry = ({ cursor: _, ...row }: EventRow): AttemptEntry => ({ type: 'attempt', ...row })

const holds = ({ kind, ip, user, domain, sinceMs }: Partial<EventQuery>, entry: AttemptEntry): boolean =>
  (kind === undefined || entry.kind === kind) &&
  (ip === undefined || entry.ip === ip) &&
  (user === undefined || entry.user === user) &&
  (domain === undefined || entry.domain === domain) &&
  (sinceMs === undefined || entry.atMs >= sinceMs)

/** What looks like a number as one: PostgreSQL's values are text here. */
const numbers = (rows: Record<string, unknown>[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value]),
    ),
  )
