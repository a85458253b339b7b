import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { shadow as verb } from '../../src/cli/verbs/shadow.ts'
import { type Outcome, runVerbs } from '../cli/run-verbs.ts'
import { BLOCKS } from '../docs-pages.ts'
import { objects, type Run, root, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const fixture = (name: string) => join(root, 'fixtures/shadow', name)
const ASTERISK = fixture('asterisk.log')
const FAIL2BAN = fixture('fail2ban.log')
/** What docs/shadow.md shows. */
const TOLD = BLOCKS.find(({ page, language }) => page === 'docs/shadow.md' && language === '')?.text
const NOT_COMPARED = "Fail2Ban's jail sshd is not compared (bans: 1); choose it by --jail\n"
const newDirectory = temporaryDirectories()
let dir: string
beforeEach(() => {
  dir = newDirectory()
})
/** Under an empty configuration: the machine may have one. */
const configured = (args: readonly string[]) => [
  ...args,
  '--tz',
  'UTC',
  ...(args.includes('--config') ? [] : ['--config', write('empty.yaml', '')]),
]
const shadow = (...args: readonly string[]): Promise<Outcome> => runVerbs([verb], 'shadow', ...configured(args))
/** The real program. */
const started = (args: readonly string[], input = ''): Promise<Run> =>
  sipguard(['shadow', ...configured(args)], { env: { TZ: 'UTC' }, cwd: fixture(''), input })
const write = (name: string, contents: string | Buffer): string => {
  writeFileSync(join(dir, name), contents)
  return join(dir, name)
}
const compared = ({ out }: Pick<Run, 'out'>) => objects(out).filter(({ type }) => type === 'compared')
const theirs = (time: string, message: string) => `2026-01-15 ${time},500 fail2ban.actions [1]: NOTICE ${message}\n`
const SETUP = '2026-01-15 09:00:00,000 fail2ban.server [1]: INFO Starting Fail2ban v1.0.2\n'

describe('shadow', () => {
  test('as text, as its page shows it: whom Fail2Ban locked out, what both did, and each difference with its reason', async () => {
    const { status, out, err } = await started(['asterisk.log', '--fail2ban-log', FAIL2BAN])
    expect([status, err]).toEqual([0, NOT_COMPARED])
    expect(out).toBe(TOLD)
  })

  test('as JSON: one object for each episode, and last the summary', async () => {
    const run = await shadow(ASTERISK, '--fail2ban-log', FAIL2BAN, '--json')
    const [both] = compared(run)
    expect(both).toEqual({
      ...{ type: 'compared', verdict: 'both', ip: '192.0.2.7', at: '2026-01-15T10:00:04.700Z' },
      ...{
        fail2ban_jail: 'asterisk',
        fail2ban_at: '2026-01-15T10:00:04.700Z',
        fail2ban_until: '2026-01-15T10:10:04.900Z',
        fail2ban_found: 3,
      },
      ...{ sipguard_jail: 'sip-auth', sipguard_at: '2026-01-15T10:00:18.000Z', sipguard_until: '2026-01-15T11:00:18.000Z' },
      ...{ sipguard_covers: '192.0.2.7', sipguard_earlier_seconds: -13.3, locked_out: [], below_threshold: false, reason: null },
    })
    expect(compared(run).map(({ verdict, ip, locked_out, below_threshold }) => [verdict, ip, locked_out, below_threshold])).toEqual([
      ['both', '192.0.2.7', [], false],
      ['only-fail2ban', '192.0.2.20', ['1001'], false],
      ['only-sipguard', '192.0.2.8', [], false],
      ['only-fail2ban', '203.0.113.66', [], false],
      ['only-fail2ban', '192.0.2.9', [], true],
    ])
    expect(objects(run.out).at(-1)).toEqual({
      ...{
        type: 'summary',
        from: '2026-01-15T09:30:00.000Z',
        to: '2026-01-15T11:00:00.000Z',
        lines: 33,
        recognised: 33,
        successes: 2,
        jails: ['asterisk'],
      },
      ...{ both: 1, only_fail2ban: 3, only_sipguard: 1, below_threshold: 1, locked_out: 1 },
      ...{ sipguard_first: 0, fail2ban_first: 1, median_seconds_earlier: -13.3 },
    })
  })

  test('as CSV: the same columns', async () => {
    const { out } = await shadow(ASTERISK, '--fail2ban-log', FAIL2BAN, '--csv')
    const [names, ...rows] = out.split('\r\n')
    const json = compared(await shadow(ASTERISK, '--fail2ban-log', FAIL2BAN, '--json'))
    expect(names?.split(',').sort()).toEqual(
      Object.keys(json[0]!)
        .filter((name) => name !== 'type')
        .sort(),
    )
    expect(rows).toHaveLength(6)
    expect(rows[1]).toMatch(/^\n?only-fail2ban,192\.0\.2\.20,.*,1001,false,/)
  })

  test('Fail2Ban’s log is read with its rotated parts, packed or not', async () => {
    const lines = readFileSync(FAIL2BAN, 'utf8').split('\n').slice(0, -1)
    const part = (from: number, to?: number) => `${lines.slice(from, to).join('\n')}\n`
    write('fail2ban.log', part(35))
    const [first, second] = [write('fail2ban.log.2.gz', gzipSync(part(0, 20))), write('fail2ban.log.1', part(20, 35))]
    utimesSync(first!, 1, 1)
    utimesSync(second!, 2, 2)
    write('fail2ban.log.3.xz', 'x')
    const { out, err } = await shadow(ASTERISK, '--fail2ban-log', join(dir, 'fail2ban.log'), '--json')
    expect(out).toBe((await shadow(ASTERISK, '--fail2ban-log', FAIL2BAN, '--json')).out)
    expect(err).toBe(
      `${join(dir, 'fail2ban.log.3.xz')} is compressed in a form that is not read here: its lines are missing\n${NOT_COMPARED}`,
    )
  })

  test('without a file the sources of the configuration are read, with their rotated parts; what is no file is said', async () => {
    const lines = readFileSync(ASTERISK, 'utf8').split('\n').slice(0, -1)
    mkdirSync(join(dir, 'asterisk'))
    write('asterisk/messages.log.1', `${lines.slice(0, 10).join('\n')}\n`)
    write('asterisk/messages.log', `${lines.slice(10).join('\n')}\n`)
    const config = write('c.yaml', `sources: [{file: ${dir}/asterisk/*.log, filter: asterisk}, {journal: asterisk.service}]\n`)
    const { exitStatus, out, err } = await shadow('--config', config, '--fail2ban-log', FAIL2BAN, '--json')
    expect([exitStatus, err]).toEqual([
      0,
      `journal:asterisk.service is no file, and not compared; pipe it: journalctl -o short-iso | sipguard shadow -\n${NOT_COMPARED}`,
    ])
    expect(objects(out).at(-1)).toMatchObject({ lines: 33, both: 1, only_fail2ban: 3, only_sipguard: 1 })
  })

  test('--since leaves out what began before', async () => {
    const { out } = await shadow(ASTERISK, '--fail2ban-log', FAIL2BAN, '--since', '2026-01-15T10:30:00Z', '--json')
    expect(objects(out).at(-1)).toMatchObject({
      from: '2026-01-15T10:30:00.000Z',
      both: 0,
      only_fail2ban: 2,
      only_sipguard: 1,
      locked_out: 0,
    })
  })

  test('where no success is in the logs it says that phones cannot be known', async () => {
    const failed = readFileSync(ASTERISK, 'utf8').replace(/^.*Registered SIP.*\n/gm, '')
    const { out } = await shadow(write('a.log', failed), '--fail2ban-log', FAIL2BAN)
    expect(out).toContain('\nphones locked out by Fail2Ban        0   not known: no success is in these logs (docs/servers.md)\n')
    expect(out).not.toContain('LOCKED OUT')
  })

  test('only the time of which both logs tell is compared', async () => {
    const late = write(
      'f.log',
      SETUP +
        theirs('09:10:00', '[asterisk] Ban 192.0.2.1') +
        theirs('11:00:30', '[asterisk] Ban 192.0.2.2') +
        theirs('11:30:00', '[asterisk] Ban 192.0.2.3'),
    )
    expect(compared(await shadow(ASTERISK, '--fail2ban-log', late, '--json')).map(({ ip }) => ip)).toEqual([
      ...['192.0.2.7', '192.0.2.8', '192.0.2.2'],
    ])
  })

  test('standard input is a log, and the configuration decides what is not banned', async () => {
    const config = write('c.yaml', 'peers: [192.0.2.9]\njails: {sip-auth: {maxretry: 3}}\n')
    const args = ['-', '--fail2ban-log', FAIL2BAN, '--config', config, '--json']
    const rows = compared(await started(args, readFileSync(ASTERISK, 'utf8')))
    const of = (ip: string) => rows.find((row) => row.ip === ip)
    expect(of('192.0.2.9')?.reason).toMatch(/^192\.0\.2\.9 is a peer/)
    expect(of('192.0.2.7')).toMatchObject({ verdict: 'both', sipguard_at: '2026-01-15T10:00:04.000Z', sipguard_earlier_seconds: 0.7 })
    expect(of('198.51.100.7')?.verdict).toBe('only-sipguard')
    expect(of('203.0.113.66')?.reason).toBe('no line of 203.0.113.66 is in the logs that were read')
  })

  test('what failed elsewhere in its /64 says nothing of an address that no line names', async () => {
    const line = (second: number, ip: string) =>
      `[2026-01-15 10:00:0${second}] NOTICE[1638] chan_sip.c: Registration from '<sip:1@a>' failed for '${ip}:5060' - Wrong password\n`
    const log = write('a.log', [1, 2, 3].map((second) => line(second, '[2001:db8::7]')).join('') + line(9, '192.0.2.1'))
    const banned = (ip: string) => theirs('10:00:04', `[asterisk] Ban ${ip}`)
    const fail2ban = write('f.log', SETUP + banned('2001:db8::8') + banned('192.0.2.2'))
    const rows = compared(await shadow(log, '--fail2ban-log', fail2ban, '--json'))
    expect(rows).toMatchObject(
      ['2001:db8::8', '192.0.2.2'].map((ip) => ({
        ip,
        below_threshold: false,
        reason: `no line of ${ip} is in the logs that were read`,
      })),
    )
  })

  test('no text of a log reaches the terminal as it is', async () => {
    const hostile = write(
      'f.log',
      SETUP + theirs('10:00:00', '[sip\x1b[2J] Ban 192.0.2.1') + theirs('10:00:00', '[\x1b[31mssh] Ban 192.0.2.1'),
    )
    for (const form of [[], ['--json'], ['--csv']]) {
      const { exitStatus, out, err } = await shadow(ASTERISK, '--fail2ban-log', hostile, ...form)
      expect(exitStatus).toBe(0)
      expect(out + err).not.toContain('\x1b')
      expect(err).toContain('jail \\x1b[31mssh is not compared')
    }
  })
})

describe('shadow says what is wrong', () => {
  test.each<[string, (dir: string) => string[], string]>([
    [
      'a log that is not Fail2Ban’s',
      () => [ASTERISK, '--fail2ban-log', ASTERISK],
      "of its 33 lines none is, the first one is '[2026-01-15 09:30:00] VERBOSE[1638] chan_sip.c: Registered SIP '1001' at 192.0.2.20:5062'",
    ],
    ['an empty one', () => [ASTERISK, '--fail2ban-log', write('e.log', '')], 'e.log: it is empty'],
    ['one that is not there', () => [ASTERISK, '--fail2ban-log', join(dir, 'none.log')], 'none.log: no such file'],
    ['a log that is not there', () => [join(dir, 'none.log'), '--fail2ban-log', FAIL2BAN], 'none.log: no such file'],
    [
      'nothing in common',
      () => [ASTERISK, '--fail2ban-log', write('l.log', SETUP.replace('-15', '-16'))],
      "there is no time to compare: the SIP servers' logs tell of 2026-01-15 09:30:00 to 2026-01-15 11:00:00, Fail2Ban's log of 2026-01-16 09:00:00 to 2026-01-16 09:00:00",
    ],
    [
      'lines without a time',
      () => [write('n.log', 'nothing\n'), '--fail2ban-log', FAIL2BAN],
      "there is no time to compare: in the SIP servers' logs no line has a time, Fail2Ban's log of",
    ],
  ])('%s', async (_what, args, message) => {
    const { exitStatus, out, err } = await shadow(...args(dir))
    expect([exitStatus, out]).toEqual([1, ''])
    expect(err).toContain(message)
  })

  test('where no log is named at all', async () => {
    expect(await shadow('--fail2ban-log', FAIL2BAN)).toMatchObject({
      exitStatus: 2,
      out: '',
      err: "expected the SIP servers' logs as FILE, or a --config whose sources: name files",
    })
  })
})
