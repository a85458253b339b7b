import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { bansToTake, readBanDatabase } from '../../src/import/index.ts'
import { banDatabase, type Row } from './ban-database.ts'
import { folder } from './folder.ts'

/** 2026-01-15T10:30:45Z */
const NOW = 1_768_473_045
const ASTERISK = { logs: { asterisk: '/var/log/asterisk/messages' } }

function taken(rows: readonly Row[], named: readonly string[] = [], options: Parameters<typeof banDatabase>[1] = ASTERISK) {
  return bansToTake(readBanDatabase(banDatabase(rows, options), NOW * 1000), named, NOW * 1000)
}

test('a ban in force is taken with its end, one for ever as such, the longest first', () => {
  const { bans, leftOut } = taken([
    ['asterisk', '192.0.2.7', NOW - 600, 3600],
    ['asterisk', '2001:DB8::7', NOW - 864e5, -1],
    ['asterisk', '::ffff:192.0.2.9', NOW, 7200],
  ])
  expect(bans).toEqual([
    { ip: '2001:db8::7', jail: 'asterisk', untilMs: null },
    { ip: '192.0.2.9', jail: 'asterisk', untilMs: (NOW + 7200) * 1000 },
    { ip: '192.0.2.7', jail: 'asterisk', untilMs: (NOW + 3000) * 1000 },
  ])
  expect(leftOut).toEqual([])
})

test('one that is over is not taken', () => {
  expect(taken([['asterisk', '192.0.2.7', NOW - 3600, 3600]])).toEqual({ bans: [], leftOut: [] })
})

test('one that lasts longer than a hundred years is for ever', () => {
  expect(taken([['asterisk', '192.0.2.7', NOW, 9_999_999_999]]).bans).toMatchObject([{ untilMs: null }])
})

test('a jail is for a SIP server by its name or its log; others are taken when they are named', () => {
  const rows: Row[] = [
    ['kamailio-auth', '192.0.2.1', NOW, 60],
    ['voice', '192.0.2.2', NOW, 60],
    ['sshd', '192.0.2.3', NOW, 60],
    ['sshd', '192.0.2.4', NOW, 60],
  ]
  const logs = { voice: '/var/log/freeswitch/freeswitch.log', sshd: '/var/log/auth.log' }
  const { bans, leftOut } = taken(rows, [], { logs })
  expect(bans.map(({ ip }) => ip)).toEqual(['192.0.2.1', '192.0.2.2'])
  expect(leftOut).toEqual([{ what: 'jail sshd, 2 bans', why: 'neither its name nor its log speaks of a SIP server; --jail sshd takes it' }])
  expect(taken(rows, ['sshd'], { logs }).bans).toHaveLength(4)
})

test('a jail that is not there is named as wrong', () => {
  expect(() => taken([], ['asterix'])).toThrow(
    expect.objectContaining({ code: 'USAGE', message: "--jail: no jail 'asterix' there, did you mean 'asterisk'?" }),
  )
})

test('what is no single address, and what has no known end, is listed with the reason', () => {
  const { bans, leftOut } = taken([
    ['asterisk', '198.51.100.0/24', NOW, 60],
    ['asterisk', '198.51.100.7/32', NOW, 60],
    ['asterisk', 'pbx.example.com', NOW, 60],
    ['asterisk', '0.0.0.0', NOW, 60],
    ['asterisk', '192.0.2.7', NOW, -2],
  ])
  expect(bans.map(({ ip }) => ip)).toEqual(['198.51.100.7'])
  expect(leftOut).toEqual([
    { what: '198.51.100.0/24 of jail asterisk', why: 'it is a network; sipguard bans addresses' },
    { what: 'pbx.example.com of jail asterisk', why: 'it is no address' },
    { what: '0.0.0.0 of jail asterisk', why: 'it is no address' },
    { what: '192.0.2.7 of jail asterisk', why: 'its database does not know when it ends' },
  ])
})

test('whatever stands in the columns, an address comes out or a reason does', () => {
  const hostile = "192.0.2.7\x1b]0;owned\x07'; DROP TABLE bips; --"
  const { bans, leftOut } = taken([
    ['asterisk', hostile, NOW, 60],
    ['asterisk', '192.0.2.8\n192.0.2.9', NOW, 60],
    ['asterisk', Buffer.from([0xff, 0xfe, 0]), NOW, 60],
    ['asterisk', '1'.repeat(100_000), NOW, 60],
    ['asterisk', '192.0.2.10', 2n ** 62n, 1],
    ['asterisk', '192.0.2.11', 'now', 'for ever'],
    ['asterisk', '192.0.2.12', NOW, 9e300],
    ['asterisk\n[evil]', '192.0.2.13', NOW, 60],
    ['asterisk jail', '192.0.2.14', NOW, 60],
  ])
  expect(bans).toEqual([
    { ip: '192.0.2.10', jail: 'asterisk', untilMs: null },
    { ip: '192.0.2.12', jail: 'asterisk', untilMs: null },
  ])
  expect(leftOut.map(({ why }) => why)).toEqual([
    ...Array<string>(4).fill('it is no address'),
    ...Array<string>(2).fill('a jail of this name cannot be entered'),
  ])
  expect(Math.max(...leftOut.map(({ what }) => what.length))).toBeLessThan(300)
})

const reading = (path: string) => () => readBanDatabase(path, NOW * 1000)
const refusal = (path: string, why: string) => ({
  code: 'SOURCE_UNREADABLE',
  message: `cannot read the bans of Fail2Ban in ${path}: ${why}`,
})
const refused = (path: string, why: string) => expect(reading(path)).toThrow(expect.objectContaining(refusal(path, why)))

test('a database that is not there, is none, or is of another version is refused with what it is', () => {
  const dir = folder({ text: 'a log, not a database\n'.repeat(100), empty: '' })
  refused(join(dir, 'none'), 'there is no such file (fail2ban-client get dbfile says where it is)')
  refused(join(dir, 'text'), 'it is no database of Fail2Ban')
  refused(join(dir, 'empty'), 'it is no database of Fail2Ban')
  refused(banDatabase([], { version: 5 }), 'its schema is 5, of a Fail2Ban newer than this sipguard; 4 is read')
  refused(banDatabase([], { version: 2 }), 'its schema is 2, of a Fail2Ban before 0.11, which keeps no end of a ban; 4 is read')
})

test('it is read while Fail2Ban writes it, in any mode of its journal, and while it is locked that is said', () => {
  for (const mode of ['MEMORY', 'DELETE', 'WAL']) {
    const path = banDatabase([['asterisk', '192.0.2.7', NOW, 60]], ASTERISK)
    const writer = new DatabaseSync(path)
    writer.exec(`PRAGMA journal_mode = ${mode}; BEGIN IMMEDIATE; UPDATE bips SET bantime = 1`)
    expect(reading(path)().bans).toEqual([{ jail: 'asterisk', ip: '192.0.2.7', since: NOW, length: 60 }])
    writer.exec('COMMIT')
    expect(reading(path)().bans).toMatchObject([{ length: 1 }])
    if (mode === 'MEMORY') {
      writer.exec('BEGIN EXCLUSIVE')
      refused(path, 'another program holds it locked; try again')
    }
    writer.close()
  }
})

test('a database that is damaged is refused', () => {
  const path = banDatabase([['asterisk', '192.0.2.7', NOW, 60]], ASTERISK)
  truncateSync(path, 8192)
  refused(path, 'database disk image is malformed')
})
