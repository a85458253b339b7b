import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutboxRow } from '../../src/kept.ts'
import { openMemory, openState, readAllowList } from '../../src/state/index.ts'
import { VERSION } from '../../src/state/schema.ts'
import { type Effects, MOST_AUDITED } from '../../src/state/state.ts'
import { type Ban, EVENT_KINDS } from '../../src/types.ts'
import { stateContract } from './contract.ts'
import { banOf, effects, plain } from './samples.ts'
import { temporaryDirectories } from './temporary-directory.ts'

const newDirectory = temporaryDirectories()

stateContract('embedded', () => openState(newDirectory()))

const withoutSeq = ({ key, data }: OutboxRow): OutboxRow => ({ key, data })
const entry = { cidr: '192.0.2.0/24', untilMs: null, addedMs: 1, comment: null }

describe('the embedded state', () => {
  test('is the same after it was closed and opened again, its node too', async () => {
    const dir = newDirectory()
    const first = await openState(dir)
    await first.commit(effects({ bans: [banOf('192.0.2.7')], totals: { lines: 5, events: { flood: 1 }, bans: 1 } }))
    await first.allow(entry)
    await first.remember('a', 'b')
    const before = plain(await first.load())
    await first.close()
    const second = await openState(dir)
    expect(second.node).toBe(first.node)
    expect(plain(await second.load())).toEqual(before)
    expect(await second.recall('a')).toBe('b')
    await second.close()
  })

  test('makes its directory and files for its owner only', async () => {
    const dir = join(newDirectory(), 'a', 'b')
    const state = await openState(dir)
    await state.allow(entry)
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
    expect(mode(dir)).toBe('700')
    expect(readdirSync(dir).map((name) => [name, mode(join(dir, name))])).toEqual(
      ['lock', 'state.db', 'state.db-shm', 'state.db-wal'].map((name) => [name, '600']),
    )
    await state.close()
  })

  test('is refused to a second one in the same process, and free again after close', async () => {
    const dir = newDirectory()
    const first = await openState(dir)
    await expect(openState(dir)).rejects.toThrow(expect.objectContaining({ code: 'STATE_LOCKED' }))
    await expect(openState(dir)).rejects.toThrow(expect.objectContaining({ code: 'STATE_LOCKED' }))
    await first.close()
    await (await openState(dir)).close()
  })

  test('keeps nothing of a commit that fails half way', async () => {
    const state = await openState(newDirectory())
    await state.commit(effects({ positions: [{ stream: 'a', mark: '1' }] }))
    const broken = { ...banOf('192.0.2.7'), jail: undefined } as unknown as Ban
    await expect(state.commit(effects({ positions: [{ stream: 'a', mark: '2' }], bans: [broken] }))).rejects.toThrow()
    await state.commit(effects({ totals: { lines: 1, events: {}, bans: 0 } }))
    expect(await state.load()).toMatchObject({ positions: new Map([['a', '1']]), bans: [], totals: { lines: 1 } })
    await state.close()
  })

  test('lets others have their turn within a long commit, and does what they ask of it afterwards', async () => {
    const dir = newDirectory()
    const state = await openState(dir)
    const counters = Array.from({ length: 2000 }, (_, i) => ({ jail: 'a', key: String(i), data: '1' }))
    const broken = { ...banOf('192.0.2.7'), jail: undefined } as unknown as Ban
    const order: string[] = []
    const failing = state.commit(effects({ counters, bans: [broken] })).catch(() => order.push('failed'))
    setImmediate(() => order.push('others'))
    await Promise.all([failing, state.remember('a', 'b').then(() => order.push('remembered'))])
    expect(order).toEqual(['others', 'failed', 'remembered'])
    expect(await state.recall('a')).toBe('b')
    expect((await state.load()).counters).toEqual([])
    await state.close()
  })

  test('holds what the state in memory holds, whatever is committed', async () => {
    const word = fc.constantFrom('a', 'b', 'c')
    const ip = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2')
    const ban = fc
      .record({
        ip,
        scope: fc.constantFrom('address', 'prefix', 'endpoint'),
        port: fc.integer({ min: 1, max: 2 }),
        nth: fc.integer({ min: 1, max: 9 }),
      })
      .map(({ ip, scope, port, nth }) => {
        if (scope === 'endpoint') return banOf(ip, { scope, port, transport: 'udp', nth })
        return scope === 'prefix' && ip.includes(':') ? banOf(ip, { scope, prefix: '2001:db8::/64', nth }) : banOf(ip, { nth })
      })
    const commit: fc.Arbitrary<Effects> = fc.record({
      positions: fc.array(fc.record({ stream: word, mark: fc.string() }), { maxLength: 3 }),
      counters: fc.array(fc.record({ jail: word, key: fc.oneof(word, fc.string()), data: fc.constantFrom('', '1', '2') }), {
        maxLength: 4,
      }),
      phones: fc.array(fc.record({ ip, user: fc.oneof(word, fc.string()), data: fc.constantFrom('', '1', '2') }), { maxLength: 3 }),
      bans: fc.array(ban, { maxLength: 4 }),
      lifted: fc.array(ip, { maxLength: 2 }),
      offences: fc.array(
        fc.record({
          ip,
          nth: fc.nat(),
          untilMs: fc.option(fc.nat()),
          forgetMs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
        }),
        {
          maxLength: 3,
        },
      ),
      forgiven: fc.array(ip, { maxLength: 2 }),
      ledger: fc.array(fc.record({ target: fc.oneof(word, fc.string()), data: fc.constantFrom('', '1', '2'), unsent: fc.boolean() }), {
        maxLength: 3,
      }),
      records: fc.array(fc.record({ key: fc.oneof(word, fc.string()), data: fc.constantFrom('1', '2') }), { maxLength: 4 }),
      totals: fc.record({
        lines: fc.nat(),
        events: fc.dictionary(fc.constantFrom(...EVENT_KINDS), fc.integer({ min: 1, max: 1000 })),
        bans: fc.nat(),
      }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { minLength: 1, maxLength: 6 }), async (commits) => {
        const embedded = await openState(newDirectory())
        const memory = openMemory()
        for (const given of commits) {
          await embedded.commit(given)
          await memory.commit(given)
        }
        expect((await embedded.outbox(99)).map(withoutSeq)).toEqual((await memory.outbox(99)).map(withoutSeq))
        expect(plain(await embedded.load())).toEqual(plain(await memory.load()))
        await embedded.close()
      }),
      { numRuns: 40 },
    )
  })
})

describe('the audit', () => {
  test('forgets the oldest entries when there are too many', async () => {
    const dir = newDirectory()
    const state = await openState(dir)
    const entry = { atMs: 1, who: 'laptop', from: 'unix', action: 'ban', target: null, detail: null }
    for (let i = 0; i < 3; i++) await state.note(entry)
    const db = new DatabaseSync(join(dir, 'state.db'))
    db.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'").run(MOST_AUDITED + 1)
    db.close()
    await state.note(entry)
    expect((await state.audited({ limit: 10 })).map(({ id }) => id)).toEqual([MOST_AUDITED + 2, 3])
    await state.close()
  })
})

describe('a directory that cannot hold a state', () => {
  test('is refused with STATE_UNUSABLE and its name', async () => {
    const file = join(newDirectory(), 'file')
    writeFileSync(file, '')
    await expect(openState(file)).rejects.toThrow(
      expect.objectContaining({
        code: 'STATE_UNUSABLE',
        exitStatus: 1,
        message: expect.stringMatching(/^cannot use the state in .*\/file: EEXIST/),
      }),
    )
    await expect(openState('/dev/null/state')).rejects.toThrow(
      expect.objectContaining({
        code: 'STATE_UNUSABLE',
        message: expect.stringMatching(/^cannot use the state in \/dev\/null\/state: ENOTDIR/),
      }),
    )
  })

  test('leaves no lock behind', async () => {
    const dir = newDirectory()
    const db = new DatabaseSync(join(dir, 'state.db'))
    db.exec('PRAGMA user_version = 99')
    db.close()
    const refused = expect.objectContaining({
      code: 'STATE_UNUSABLE',
      message: `${join(dir, 'state.db')} was written by a newer sipguard (version 99, this one knows ${VERSION})`,
    })
    await expect(openState(dir)).rejects.toThrow(refused)
    await expect(openState(dir)).rejects.toThrow(refused)
  })
})

describe('an old database', () => {
  test.each(['an empty file', 'a database of version 0'])('that is %s is brought to the newest version', async (what) => {
    const dir = newDirectory()
    const path = join(dir, 'state.db')
    if (what === 'an empty file') writeFileSync(path, '')
    else {
      const db = new DatabaseSync(path)
      db.exec('VACUUM')
      db.close()
    }
    expect(readAllowList(dir)).toEqual([])
    const state = await openState(dir)
    await state.commit(effects({ totals: { lines: 1, events: {}, bans: 0 } }))
    expect((await state.load()).totals.lines).toBe(1)
    await state.close()
    const db = new DatabaseSync(path, { readOnly: true })
    expect(db.prepare('PRAGMA user_version').get()?.user_version).toBe(VERSION)
    db.close()
  })
})

describe('a damaged database', () => {
  /** Opens it, with what it had to say. */
  async function reopen(dir: string) {
    const notices: string[] = []
    const state = await openState(dir, { onNotice: (message) => notices.push(message) })
    return { state, notices }
  }

  test('that is not a database at all is set aside, said aloud, and begun anew', async () => {
    const dir = newDirectory()
    const path = join(dir, 'state.db')
    writeFileSync(path, 'not a database, but long enough to be taken for one '.repeat(100))
    const { state, notices } = await reopen(dir)
    expect(notices).toHaveLength(1)
    const aside = /kept as (\S+state\.db\.corrupt-\d{8}T\d{6}Z); 0 rows/.exec(notices[0]!)?.[1] ?? ''
    expect(readFileSync(aside, 'utf8')).toMatch(/^not a database/)
    await state.commit(effects({ bans: [banOf('192.0.2.7')] }))
    expect((await state.load()).bans).toHaveLength(1)
    await state.close()
  })

  test('gives its allow list, bans and node to the new one, but no position', async () => {
    const dir = newDirectory()
    const path = join(dir, 'state.db')
    const before = await openState(dir)
    await before.allow(entry)
    await before.remember('a', 'b')
    await before.commit(
      effects({
        positions: [{ stream: 'log', mark: '1' }],
        bans: [banOf('192.0.2.7')],
        counters: Array.from({ length: 2000 }, (_, i) => ({ jail: 'sip-auth', key: String(i), data: 'x'.repeat(100) })),
      }),
    )
    await before.close()
    const bytes = readFileSync(path)
    // The last pages are those of the counters: the newest table to grow.
    bytes.fill(0xff, bytes.length - 16 * 4096)
    writeFileSync(path, bytes)

    const { state, notices } = await reopen(dir)
    expect(notices).toEqual([
      expect.stringMatching(
        /^\S+state\.db was damaged and is begun anew; the old one is kept as \S+; 4 rows of its bans and lists could be read$/,
      ),
    ])
    expect(state.node).toBe(before.node)
    expect(await state.recall('a')).toBe('b')
    expect(await state.load()).toMatchObject({ positions: new Map(), counters: [], bans: [banOf('192.0.2.7')], allow: [entry] })
    await state.close()
    const again = await reopen(dir)
    expect(again.notices).toEqual([])
    await again.state.close()
  })
})

describe('the allow list on disk', () => {
  test('is empty where no state was ever made, and makes none', () => {
    const dir = newDirectory()
    expect(readAllowList(join(dir, 'missing'))).toEqual([])
    expect(readAllowList(dir)).toEqual([])
    expect(existsSync(join(dir, 'state.db'))).toBe(false)
  })

  test('shows an entry as soon as it is added, and after the end', async () => {
    const dir = newDirectory()
    const state = await openState(dir)
    expect(readAllowList(dir)).toEqual([])
    await state.allow(entry)
    expect(readAllowList(dir)).toEqual([entry])
    await state.disallow(entry.cidr)
    await state.allow({ ...entry, cidr: '2001:db8::/32' })
    await state.close()
    expect(readAllowList(dir)).toEqual([{ ...entry, cidr: '2001:db8::/32' }])
  })

  test('that cannot be read is an error, never an empty list', () => {
    const dir = newDirectory()
    writeFileSync(join(dir, 'state.db'), 'not a database '.repeat(1000))
    expect(() => readAllowList(dir)).toThrow(
      expect.objectContaining({ code: 'STATE_UNUSABLE', message: `cannot use the state in ${dir}: file is not a database` }),
    )
  })
})
