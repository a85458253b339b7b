import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openState } from '../../src/state/index.ts'
import { salvage } from '../../src/state/salvage.ts'
import { banOf, effects } from './samples.ts'
import { temporaryDirectories } from './temporary-directory.ts'

const newDirectory = temporaryDirectories()

/** A closed database with this ban and one that is whole. */
async function databaseWith(ban: ReturnType<typeof banOf>, damage: string): Promise<string> {
  const dir = newDirectory()
  const state = await openState(dir)
  await state.commit(effects({ bans: [banOf('192.0.2.1'), ban] }))
  await state.close()
  const path = join(dir, 'state.db')
  const database = new DatabaseSync(path)
  expect(database.prepare(`UPDATE bans SET ${damage} WHERE ip = '${ban.ip}'`).run().changes).toBe(1)
  database.close()
  return path
}

const endpoint = banOf('192.0.2.7', { scope: 'endpoint', port: 5060, transport: 'udp' })
const prefix = banOf('2001:db8::7', { scope: 'prefix', prefix: '2001:db8::/64' })

test.each([
  [endpoint, "scope = 'endpoim'"],
  [endpoint, 'port = 70000'],
  [endpoint, "transport = 'uep'"],
  [prefix, "prefix = '2001:db8::/6x'"],
  [prefix, 'prefix = NULL'],
  [endpoint, "level = 'unkmown'"],
  [endpoint, "ip = '192.0.2.x'"],
])('of a damaged database a ban that makes no sense any more is left out: %#', async (ban, damage) => {
  const from = await databaseWith(ban, damage)
  const dir = newDirectory()
  await (await openState(dir)).close()
  const into = new DatabaseSync(join(dir, 'state.db'))
  salvage(from, into)
  expect(into.prepare('SELECT ip FROM bans').all()).toEqual([{ ip: '192.0.2.1' }])
  into.close()
})

test('of a damaged database tokens and the audit are kept, but for a token whose role is none', async () => {
  const dir = newDirectory()
  const state = await openState(dir)
  const token = { name: 'laptop', role: 'reader' as const, hash: 'a'.repeat(64), addedMs: 1 }
  for (const name of ['laptop', 'grafana']) await state.addToken({ ...token, name })
  await state.note({ atMs: 1, who: 'socket', from: 'unix', action: 'ban', target: null, detail: null })
  await state.close()
  const path = join(dir, 'state.db')
  const damaged = new DatabaseSync(path)
  damaged.exec("PRAGMA ignore_check_constraints = ON; UPDATE tokens SET role = 'beader' WHERE name = 'grafana'")
  damaged.close()
  const into = newDirectory()
  await (await openState(into)).close()
  const database = new DatabaseSync(join(into, 'state.db'))
  salvage(path, database)
  expect(database.prepare('SELECT name FROM tokens').all()).toEqual([{ name: 'laptop' }])
  expect(database.prepare('SELECT action FROM audit').all()).toEqual([{ action: 'ban' }])
  database.close()
})
