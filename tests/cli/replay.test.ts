import { spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { mergeByTime } from '../../src/cli/merge-by-time.ts'
import type { LineBatch } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { failure, failures, success } from '../daemon/lines.ts'
import { needs } from '../require.ts'
import { bin, finish, objects, type Run, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
const AT = Date.UTC(2026, 0, 15, 10)
let dir: string
beforeEach(() => {
  dir = newDirectory()
})
const write = (name: string, contents: string | Buffer) => {
  writeFileSync(join(dir, name), contents)
  return join(dir, name)
}
const replay = (...args: string[]): Promise<Run> => sipguard(['replay', ...args, '--tz', 'UTC'], { env: { TZ: 'UTC' } })
const ATTACK = failures(10, '192.0.2.7', { atMs: AT })
const BAN = { type: 'ban', ip: '192.0.2.7', jail: 'sip-auth', at: '2026-01-15T10:00:00.000Z', until: '2026-01-15T11:00:00.000Z', count: 10 }

describe('replay', () => {
  test('as text: the bans, and a table of what was there', async () => {
    const { status, out, err } = await replay(write('a.log', `${ATTACK}nothing\n`))
    expect([status, err]).toEqual([0, ''])
    expect(out.replace(/in \d+\.\d\d s/, 'in TIME')).toBe(
      [
        '2026-01-15 10:00:00 Ban  192.0.2.7  [sip-auth] for 1h, until 2026-01-15 11:00:00 (10 found)',
        '11 lines in TIME, 10 recognised, 1 ban of 1 address',
        '',
        'kind                 lines',
        'failed_registration  10',
        '',
        'banned     jail      first ban                 for  bans',
        '192.0.2.7  sip-auth  2026-01-15T10:00:00.000Z  1h   1',
        '',
      ].join('\n'),
    )
  })

  test('spares whom the configuration spares, and says which name it cannot resolve', async () => {
    const config = write('c.yaml', 'ignoreip: [192.0.2.0/24, nosuch.invalid]\n')
    const { status, out, err } = await replay(write('a.log', ATTACK), '--json', '--config', config)
    expect([status, err]).toEqual([0, expect.stringMatching(/^ignoreip: nosuch\.invalid cannot be resolved/)])
    expect(objects(out)).toMatchObject([{ type: 'skip', ip: '192.0.2.7', why: 'allowed' }, { bans: 0 }])
  })

  test('as JSON: bans and skips, the lines that count with --found, and the summary', async () => {
    const file = write('a.log', ATTACK + ATTACK)
    const { out } = await replay(file, '--json')
    const [ban, skip, summary] = objects(out)
    expect(ban).toMatchObject(BAN)
    const place = { level: 'unknown', evidence: 'unproved' }
    expect(skip).toEqual({ type: 'skip', ip: '192.0.2.7', jail: 'sip-auth', why: 'already-banned', ...place, at: BAN.at })
    expect(summary).toEqual({
      type: 'summary',
      lines: 20,
      events: { failed_registration: 20 },
      bans: 1,
      ips: 1,
      false_ban_risk: [],
      seconds: expect.any(Number),
    })
    expect(objects(out)).toHaveLength(3)
    const found = objects((await replay(file, '--json', '--found')).out).filter(({ type }) => type === 'found')
    expect(found).toHaveLength(20)
    expect(new Set(found.map(({ id }) => id)).size).toBe(20)
  })

  test('an address that is banned whole although somebody succeeded from it is named as a risk, with why', async () => {
    // Too long before to make a phone of it, and after.
    const before = success('192.0.2.7', { atMs: AT - 8 * 864e5 }) + success('192.0.2.7', { atMs: AT - 8 * 864e5, user: '1002' })
    const after = success('192.0.2.8', { atMs: AT + 6e4, user: '\x1b[2J' })
    const file = write('a.log', before + ATTACK + failures(10, '192.0.2.8', { atMs: AT }) + after)
    expect(objects((await replay(file, '--json')).out).at(-1)).toMatchObject({
      events: { registration: 3 },
      bans: 2,
      false_ban_risk: [
        {
          ip: '192.0.2.7',
          jail: 'sip-auth',
          why: '2 user(s) registered or authenticated from there before',
          users: ['1001@example.com', '1002@example.com'],
        },
        {
          ip: '192.0.2.8',
          jail: 'sip-auth',
          why: '1 user(s) registered or authenticated from there, all after the ban: a mended password, or a guessed one',
          users: ['\x1b[2J@example.com'],
        },
      ],
    })
    expect((await replay(file)).out).toContain(
      'look at 192.0.2.8: 1 user(s) registered or authenticated from there, all after the ban: a mended password, or a guessed one (\\x1b[2J@example.com)\n',
    )
  })

  test('gzip, by content and not by name; an empty file; a time long past bans as it did then', async () => {
    const gz = write('a.log', gzipSync(ATTACK))
    expect(objects((await replay(gz, '--json')).out)).toMatchObject([BAN, { lines: 10, bans: 1 }])
    expect(objects((await replay(write('b.log', ''), '--json')).out)).toMatchObject([{ type: 'summary', lines: 0, events: {}, bans: 0 }])
  })

  test('several files are read in the order of their times, as they would have come live', async () => {
    // One after the other, the second file would be too old for any ban.
    const late = write('a.log', failures(10, '192.0.2.8', { atMs: AT }) + failures(1, '192.0.2.9', { atMs: AT + 9 * 36e5 }))
    const gz = write('b.log.gz', gzipSync(failures(5, '192.0.2.7', { atMs: AT + 1000 })))
    const last = write('c.log', failures(5, '192.0.2.7', { atMs: AT + 2000 }))
    const { out } = await replay(late, last, gz, '--json')
    expect(objects(out)).toMatchObject([{ ip: '192.0.2.8' }, { ip: '192.0.2.7', count: 10 }, { type: 'summary', lines: 21, bans: 2 }])
  })

  test('a jail that only alerts is told of', async () => {
    const request = failure('192.0.2.7', { atMs: AT }).replace(
      /NOTICE:.*/,
      'NOTICE:REQUEST: OPTIONS from 192.0.2.7:5060 to sip:a (Call-ID: x)',
    )
    const file = write('a.log', request.repeat(300))
    expect(objects((await replay(file, '--json')).out)).toMatchObject([
      { type: 'alert', ip: '192.0.2.7', jail: 'sip-rate', key: '192.0.2.7', count: 300 },
      { type: 'skip', why: 'alert-only' },
      { type: 'summary' },
    ])
    expect((await replay(file)).out).toContain(
      '2026-01-15 10:00:00 Alert  192.0.2.7  [sip-rate] 300 found, the last one from 192.0.2.7 port 5060\n',
    )
  })

  test('a file that is not there, or broken, ends with 1; what could be read of it is told first', async () => {
    const missing = await replay(join(dir, 'none.log'))
    expect(missing).toEqual({ status: 1, out: '', err: `sipguard: cannot read ${join(dir, 'none.log')}: no such file\n` })
    const noise = Array.from({ length: 4000 }, (_, i) => failure(`10.0.${i >> 8}.${i & 255}`, { atMs: AT + i, user: `u${i}` })).join('')
    const whole = gzipSync(ATTACK + noise)
    const broken = await replay(write('broken.gz', whole.subarray(0, whole.length / 2)), '--json')
    expect(broken.status).toBe(1)
    expect(objects(broken.out)[0]).toMatchObject(BAN)
    expect(broken.err).toMatch(/^sipguard: cannot read .*broken\.gz: .+\n$/)
  })

  test('a configuration of one’s own decides: its jails, and whom it never bans', async () => {
    const config = write('c.yaml', 'jails: {sip-auth: {maxretry: 3}}\nignoreip: [192.0.2.0/24]\nself: [203.0.113.9]\n')
    const log = write('a.log', ['192.0.2.7', '203.0.113.9', '198.51.100.7'].map((ip) => failures(3, ip, { atMs: AT })).join(''))
    expect(objects((await replay(log, '--json', '--config', config)).out)).toMatchObject([
      { type: 'skip', ip: '192.0.2.7', why: 'allowed' },
      { type: 'skip', ip: '203.0.113.9', why: 'self' },
      { type: 'ban', ip: '198.51.100.7', count: 3 },
      { type: 'summary' },
    ])
  })

  test('200,000 lines of as many addresses, over months, run in the memory that a few days of them need', { timeout: 60_000 }, async () => {
    const file = join(dir, 'large.log')
    const fd = openSync(file, 'a')
    for (let part = 0; part < 200; part++) {
      const lines = Array.from({ length: 1000 }, (_, i) => {
        const n = part * 1000 + i
        return failure(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, { atMs: AT + n * 60_000, user: `u${n}` })
      })
      writeSync(fd, lines.join(''))
    }
    closeSync(fd)
    const child = spawn(process.execPath, ['--max-old-space-size=100', bin, 'replay', file, '--json', '--tz', 'UTC'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { status, out, err } = await finish(child)
    expect([status, err]).toEqual([0, ''])
    expect(objects(out).at(-1)).toMatchObject({ lines: 200_000, events: { failed_registration: 200_000 } })
  })
})

describe.skipIf(needs('script'))('on a terminal', () => {
  const onTerminal = async (command: string) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } })
    return finish(child)
  }
  test('a progress bar is drawn and taken away; elsewhere there is none', async () => {
    const file = write('a.log', ATTACK)
    const quoted = [process.execPath, bin, 'replay', file, '--tz', 'UTC'].map((word) => `'${word}'`).join(' ')
    const { status, out } = await onTerminal(quoted)
    expect(status).toBe(0)
    expect(out).toMatch(/█+·* \d+% .*a\.log/)
    expect(out).toContain('\r\x1b[K')
    expect(out).toContain('\x1b[31mBan\x1b[0m')
    // Nothing is printed behind the bar.
    expect(out).not.toMatch(/a\.log\d{4}-/)
    const plain = await replay(file)
    expect(plain.out + plain.err).not.toMatch(/[\x1b█]/)
  })
})

describe('lines of several logs', () => {
  const lines = (batch: LineBatch) =>
    Array.from({ length: batch.count }, (_, i) => batch.bytes.toString('utf8', batch.spans[2 * i], batch.spans[2 * i + 1]))
  async function* log(...batches: string[][]): AsyncGenerator<LineBatch, void> {
    for (const batch of batches) yield batchOf(batch)
  }
  const timeOf = ({ bytes, spans }: LineBatch, line: number) => {
    const [digits] = /^\d+/.exec(bytes.toString('utf8', spans[2 * line], spans[2 * line + 1])) ?? []
    return digits === undefined ? null : Number(digits)
  }
  const merged = async (...logs: AsyncGenerator<LineBatch, void>[]) => {
    const all: string[][] = []
    for await (const batch of mergeByTime(logs, timeOf)) all.push(lines(batch))
    return all
  }
  test('come by their times; one without a time stays behind the one before it', async () => {
    expect(await merged(log(['1a', 'x', '4a'], ['9a']), log(), log(['2b', '3b', '5b', 'y', '8b'], ['z']))).toEqual([
      ['1a', 'x'],
      ['2b', '3b'],
      ['4a'],
      ['5b', 'y', '8b'],
      ['z'],
      ['9a'],
    ])
  })
  test('keep their order within a log', async () => {
    expect((await merged(log(['5a', '1a', '6a']), log(['2b']))).flat()).toEqual(['2b', '5a', '1a', '6a'])
  })
})
