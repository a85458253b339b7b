import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordEntry, Records, UserQuery } from '../../src/records/types.ts'
import { attempt, registration } from './entries.ts'
import type { Place } from './places.ts'

const HOUR_MS = 3_600_000

/** The seeds' own view, `UNIX_TIMESTAMP()` put as a number: what it gives for what is in the tables. */
const NAIVE = (nowMs: number) => `
  SELECT COALESCE(l.username, f.username) AS username,
    CASE WHEN l.contact_id IS NOT NULL AND l.expires > ${Math.floor(nowMs / 1000)} THEN 'registered' WHEN f.id IS NOT NULL THEN 'failed'
      ELSE 'unknown' END AS status
  FROM location l LEFT JOIN failed_registrations f ON l.username = f.username AND l.domain = f.domain
  WHERE l.expires > ${Math.floor(nowMs / 1000)} OR f.id IS NOT NULL`

/** What holds of the view user_registration_status on any database. Times are an hour and more from every limit. */
export function statusContract(make: () => Promise<Place>): void {
  let place: Place
  let records: Records
  const now = Date.now()
  beforeEach(async () => {
    place = await make()
    records = await place.open()
  })
  afterEach(() => place.remove())

  const ago = (hours: number) => Math.floor((now - hours * HOUR_MS) / 1000) * 1000
  const users = (query: Partial<UserQuery> = {}) => records.users({ limit: 100, ...query })
  async function statusAfter(...entries: RecordEntry[]) {
    await records.write(entries)
    return (await users())[0]
  }
  const shown = {
    user: '1001',
    domain: 'example.com',
    registeredAtMs: null,
    lastFailedAtMs: null,
    lastResponseCode: null,
    failures24h: 0,
    contacts: 0,
  }

  describe('a user', () => {
    test('with an unexpired contact is registered, also when a failure came later', async () => {
      const found = await statusAfter(
        registration({ atMs: ago(2), expires: 86_400 }),
        registration({ atMs: ago(3), expires: 86_400, contact: 'sip:1001@192.0.2.8' }),
        registration({ atMs: ago(3), expires: 60, contact: 'sip:1001@192.0.2.9' }),
        attempt({ atMs: ago(1) }),
      )
      expect(found).toEqual({
        ...shown,
        status: 'registered',
        registeredAtMs: ago(2),
        lastFailedAtMs: ago(1),
        lastResponseCode: 403,
        failures24h: 1,
        contacts: 2,
      })
    })

    test('who only ever failed is failed', async () => {
      const found = await statusAfter(attempt({ atMs: ago(1), code: 404 }), attempt({ atMs: ago(2) }))
      expect(found).toEqual({ ...shown, status: 'failed', lastFailedAtMs: ago(1), lastResponseCode: 404, failures24h: 2 })
    })

    test('whose contacts expired before he failed is failed', async () => {
      expect(await statusAfter(registration({ atMs: ago(5), expires: 60 }), attempt({ atMs: ago(2) }))).toMatchObject({ status: 'failed' })
    })

    test('whose contacts expired after he had failed is expired', async () => {
      expect(await statusAfter(attempt({ atMs: ago(5) }), registration({ atMs: ago(3), expires: 60 }))).toMatchObject({
        status: 'expired',
        contacts: 0,
      })
    })

    test('who unregistered is expired, and was registered when he registered', async () => {
      const found = await statusAfter(registration({ atMs: ago(3), expires: 86_400 }), registration({ atMs: ago(2), expires: 0 }))
      expect(found).toMatchObject({ status: 'expired', registeredAtMs: ago(3) })
    })

    test('who unregistered and was never seen to register is unknown', async () => {
      expect(await statusAfter(registration({ atMs: ago(3), expires: 0 }))).toEqual({ ...shown, status: 'unknown' })
    })

    test('has the failures of 24 hours, those that were only counted too', async () => {
      const found = await statusAfter(
        attempt({ atMs: ago(25), attempts: 1000 }),
        attempt({ atMs: ago(23), attempts: 30 }),
        attempt({ atMs: ago(1), kind: 'failed_auth', code: 401 }),
        attempt({ atMs: ago(1), user: null, attempts: 500 }),
      )
      expect(found).toMatchObject({ failures24h: 31, lastResponseCode: 401 })
      expect(await users()).toHaveLength(1)
    })

    test('without a domain is one user, registered or failing', async () => {
      const found = await statusAfter(registration({ atMs: ago(2), domain: '', expires: 86_400 }), attempt({ atMs: ago(1), domain: null }))
      expect(found).toMatchObject({ domain: '', status: 'registered', failures24h: 1 })
    })
  })

  test('those without a name are nobody', async () => {
    await records.write([attempt({ user: '' }), attempt({ user: null }), registration({ user: '' })])
    expect(await users()).toEqual([])
  })

  test('door-knocks and floods are no failures of a user', async () => {
    await records.write([attempt({ kind: 'door_knock' }), attempt({ kind: 'flood' }), attempt({ kind: 'call_rejected' })])
    expect(await users()).toEqual([])
  })

  test('users are found by name, domain and status, sorted by name', async () => {
    const late = { atMs: ago(1) }
    await records.write([
      ...['b', 'a', 'B', 'é', '_'].map((user) => attempt({ user, ...late })),
      attempt({ user: 'b', domain: 'example.net', ...late }),
      registration({ user: 'c', expires: 86_400, ...late }),
    ])
    const names = async (query: Partial<UserQuery>) => (await users(query)).map(({ user, domain }) => `${user}@${domain}`)
    expect(await names({})).toEqual(['B', '_', 'a', 'b', 'b', 'c', 'é'].map((user, i) => `${user}@example.${i === 4 ? 'net' : 'com'}`))
    expect(await names({ user: 'b' })).toEqual(['b@example.com', 'b@example.net'])
    expect(await names({ domain: 'example.net' })).toEqual(['b@example.net'])
    expect(await names({ status: 'registered' })).toEqual(['c@example.com'])
    expect(await names({ limit: 2 })).toEqual(['B@example.com', '_@example.com'])
  })

  test('the naive join misses who only ever failed and repeats who has several contacts; the view does neither', async () => {
    const contacts = ['sip:both@192.0.2.7', 'sip:both@192.0.2.8']
    await records.write([
      ...contacts.map((contact) => registration({ user: 'both', contact, atMs: ago(2), expires: 86_400 })),
      ...[1, 2].map(() => attempt({ user: 'both', atMs: ago(1) })),
      attempt({ user: 'only-failed', atMs: ago(1) }),
      registration({ user: 'expired', atMs: ago(5), expires: 60 }),
    ])
    const naive = await place.query(NAIVE(now))
    expect(naive).toEqual(Array(4).fill({ username: 'both', status: 'registered' }))
    expect((await users()).map(({ user, status, failures24h, contacts }) => [user, status, failures24h, contacts])).toEqual([
      ['both', 'registered', 2, 2],
      ['expired', 'expired', 0, 0],
      ['only-failed', 'failed', 1, 0],
    ])
  })
}
