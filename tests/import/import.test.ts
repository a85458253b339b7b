import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { proveOwnFilters } from '../../src/cli/filter-proof.ts'
import { isShipped, loadConfig } from '../../src/config/index.ts'
import { type ImportReport, importFail2Ban, writeNew } from '../../src/import/index.ts'
import { root } from '../sipguard.ts'
import { folder, oneJail } from './folder.ts'

const site = join(root, 'fixtures/import/site')
const noJudge = async () => null
const short = (report: ImportReport) =>
  report.leftOut.map(({ place, what, why }) => `${place.replace(/^.*\/(?=[\w.]+\/|jail)/, '')} ${what.slice(0, 40)}: ${why}`)

/** The configuration that an import writes, loaded and proved as `sipguard check` does. */
function configOf({ files }: ImportReport) {
  const dir = folder()
  writeNew(dir, files)
  const config = loadConfig(join(dir, 'sipguard.yaml'))
  expect(
    proveOwnFilters(
      config.filters.filter((filter) => !isShipped(filter)),
      false,
    ),
  ).toEqual([])
  return config
}

const report = await importFail2Ban(site, { judge: noJudge })
const config = configOf(report)

test('what a jail says is written in the words of sipguard', () => {
  const imported = config.jails.filter(({ filters }) => filters?.[0]?.startsWith('fail2ban-'))
  expect(
    imported.map(({ name, kinds, filters, maxretry, findtimeMs, bantimeMs, increment }) => ({
      name,
      kinds,
      filters,
      maxretry,
      findtimeMs,
      bantimeMs,
      increment,
    })),
  ).toEqual([
    {
      name: 'opensips-site',
      kinds: ['failed_auth'],
      filters: ['fail2ban-opensips-site'],
      maxretry: 3,
      findtimeMs: 54e5,
      bantimeMs: 12096e5,
      increment: { factor: 2, maxtimeMs: 48384e5 },
    },
    {
      name: 'kamailio-site',
      kinds: ['failed_registration', 'failed_auth', 'flood'],
      filters: ['fail2ban-kamailio-site'],
      maxretry: 5,
      findtimeMs: 6e5,
      bantimeMs: null,
      increment: null,
    },
    {
      name: 'asterisk-old',
      kinds: ['failed_registration', 'failed_auth'],
      filters: ['fail2ban-asterisk-old'],
      maxretry: 5,
      findtimeMs: 6e5,
      bantimeMs: 6e5,
      increment: null,
    },
  ])
  expect(config.sources.map((source) => (source.type === 'file' ? source.file : source.type === 'journal' && source.units[0]))).toEqual([
    '/var/log/opensips.log',
    '/var/log/opensips/*.log',
    'kamailio.service',
    '/var/log/asterisk/full',
  ])
  expect(config.ignoreip).toHaveLength(2)
  expect(config.enforce).toBe('none')
})

test('each failregex is a shipped rule, its own words with the best verdict they can have, or left out', () => {
  const rules = Object.fromEntries(
    report.jails.map(({ name, rules }) => [name, rules.map((rule) => rule.rules.map(({ id, as }) => `${as} ${id}`))]),
  )
  expect(rules).toEqual({
    'opensips-site': [['proved failregex-1'], ['runtime failregex-2'], ['proved failregex-3'], [], [], []],
    'kamailio-site': [['shipped auth-failed', 'shipped auth-failed-other-method', 'uncounted auth-challenged'], ['proved failregex-2']],
    'asterisk-old': [['shipped sip-register-refused-no-port'], ['shipped sip-register-refused'], ['shipped security-invalid-account']],
  })
})

test('all that is not carried over is listed with its place and the reason', () => {
  expect(short(report)).toEqual([
    'jail.conf:14 jail sshd: neither its name nor its filter nor its log speaks of a SIP server',
    'filter.d/opensips-site.conf:10 failregex ^\\s*(?:\\S+ )?(?:(?:/usr/sbin/): site: twice (\\w+) .* from <ADDR>: a back-reference is outside the pattern language, and no shipped rule knows such lines',
    "filter.d/opensips-site.conf:11 failregex ^\\s*(?:\\S+ )?(?:(?:/usr/sbin/): ^site: (a+)+ from <ADDR>$: failregex-5: the failregex takes exponential time on a line that repeats 'a'",
    'filter.d/opensips-site.local:3 failregex (?i)^scanner <HOST>: it sets flags ((?i) and their like); case counts here',
    'filter.d/opensips-site.conf:12 ignoreregex site: .* from 192\\.0\\.2\\.: it may hide lines by what a caller wrote in them; such lines count here',
    'filter.d/opensips-site.conf:16 maxlines: a rule here reads one line',
    'jail.d/sip.local:14 opensips-site: banaction: actions are not carried over: sipguard bans in its own firewall table, on all ports (docs/firewall.md)',
    "filter.d/asterisk-old.conf:5 datepattern: times are read by sipguard's own prefixes (docs/filters.md)",
    'jail.d/sip.local:25 asterisk-old: ignorecommand: no command is run to ask; the allow list (sipguard allow) answers',
  ])
})

test('the words of a site find its lines', () => {
  const { classify } = createClassifier({ filters: config.filters, tz: 'UTC' })
  const found = (line: string) => {
    const bytes = Buffer.from(line)
    const event = classify(bytes, 0, bytes.length, null, 0, 0)
    return event && { ip: event.ip, rule: `${event.filter}/${event.rule}`, user: event.user, counted: event.counted, why: event.why }
  }
  const head = '2026-01-15T10:30:45+00:00 sbc1 /usr/sbin/opensips[812]: NOTICE:'
  expect(found(`${head}site: unknown user from 192.0.2.7:5060 for 1001`)).toEqual({
    ip: '192.0.2.7',
    rule: 'fail2ban-opensips-site/failregex-1',
    user: '1001',
    counted: true,
    why: null,
  })
  expect(found(`${head}site: blocked 2001:db8::7, for good`)).toMatchObject({ ip: '2001:db8::7', counted: true })
  expect(found(`${head}site: caller x was refused, 192.0.2.7 (code 5) gone`)).toMatchObject({ ip: '192.0.2.7', counted: true })
  // Truly ambiguous: nobody.
  expect(found(`${head}site: caller x was refused, 192.0.2.7 (code 5) was refused, 192.0.2.8 (code 5) x`)).toMatchObject({
    ip: null,
    counted: false,
    why: 'ambiguous',
  })
})

test('without fail2ban-regex the proof alone says what can be fooled', () => {
  const fooled = report.jails.flatMap(({ rules }) => rules.flatMap((rule) => (rule.fooled === null ? [] : [rule.fooled])))
  expect(fooled.length).toBeGreaterThan(4)
  expect(new Set(fooled.map(({ by }) => by))).toEqual(new Set(['proof']))
  for (const { line, reports } of fooled) expect(line).toContain(reports)
})

test('a jail that is not enabled is carried over when it is named, and only then', async () => {
  const files = { ...oneJail('failregex = ^x <HOST>$\n'), 'jail.local': '[opensips-own]\nenabled = false\n' }
  const dir = folder(files)
  const without = await importFail2Ban(dir, { judge: noJudge })
  expect(without.jails).toEqual([])
  expect(short(without)).toEqual(
    ['jail.local:1 jail opensips-own: it is not enabled; --jail opensips-own carries it over all the same'].map((line) =>
      line.replace('jail.local:1', 'jail.local:2'),
    ),
  )
  const named = await importFail2Ban(dir, { judge: noJudge, jails: ['opensips-own'] })
  expect(named.jails.map(({ name }) => name)).toEqual(['opensips-own'])
  await expect(importFail2Ban(dir, { judge: noJudge, jails: ['typo'] })).rejects.toThrow(
    "--jail: no jail 'typo' there; jails are opensips-own",
  )
})

test('faults of their files are errors with their place', async () => {
  const fault = async (files: Record<string, string>) =>
    importFail2Ban(folder(files), { judge: noJudge }).then(
      () => 'none',
      (error: Error) => error.message,
    )
  expect(await fault(oneJail('failregex = %(failregex)s\n'))).toMatch(
    /filter\.d\/own\.conf:2: an option that names itself, or grows without end$/,
  )
  expect(await fault({ 'jail.conf': oneJail('')['jail.conf'] as string })).toMatch(/jail\.conf:2: there is no filter\.d\/own\.conf$/)
  expect(await fault(oneJail('', 'action = %(nothing)s\n'))).toBe('none')
})

test('whatever their text holds, it stays a value of the YAML', async () => {
  const options = 'logpath = /var/log/a: b # {c}\\n"\'.log\nignoreip = 192.0.2.1 "x" {y: z}\n'
  const { files, leftOut } = await importFail2Ban(folder(oneJail("failregex = ^it\"s 'x': \\# <HOST>$\n", options)), { judge: noJudge })
  const written = configOf({ files, jails: [], leftOut })
  expect(written.sources).toMatchObject([{ file: '/var/log/a: b # {c}\\n"\'.log' }])
  expect(written.ignoreip).toEqual(['192.0.2.1'])
  expect(leftOut.map(({ what }) => what).filter((what) => what.includes('ignoreip'))).toHaveLength(3)
})

test('nothing that is there is replaced', () => {
  const dir = folder({ 'filters/fail2ban-asterisk-old.yaml': 'mine' })
  expect(() => writeNew(dir, report.files)).toThrow('there already, so not replaced; nothing was written')
  expect(readFileSync(join(dir, 'filters/fail2ban-asterisk-old.yaml'), 'utf8')).toBe('mine')
  expect(() => readFileSync(join(dir, 'sipguard.yaml'))).toThrow('ENOENT')
})

test('hostile failregexes are refused, and take no time', async () => {
  const words = [
    `^${'('.repeat(1000)}<HOST>${')'.repeat(1000)}$`,
    `^x${'y'.repeat(9000)} <HOST>$`,
    '^((a+)+)+ <HOST>$',
    '^(?:x{900}){900} <HOST>$',
  ]
  const { jails, files } = await importFail2Ban(folder(oneJail(`failregex = ${words.join('\n  ')}\n`)), { judge: noJudge })
  expect(jails[0]?.rules.map(({ rules, leftOut }) => [rules, leftOut.map((why) => why.replace(/^.*: /, ''))])).toEqual([
    [[], ['it is too long, or has too many groups']],
    [[], ['it is too long, or has too many groups']],
    [[], ["the failregex takes exponential time on a line that repeats 'a'"]],
    [[], ['the expression is too large; repeat by * or + instead of by number']],
  ])
  expect(files.map(({ path }) => path)).toEqual(['sipguard.yaml'])
})

test('two failregexes for the same line are settled at run time, and the line still counts', async () => {
  const imported = await importFail2Ban(folder(oneJail('failregex = ^x y+ <HOST>$\n  ^x yy <HOST>$\n')), { judge: noJudge })
  expect(imported.jails[0]?.rules.flatMap(({ rules }) => rules)).toEqual([
    { id: 'failregex-1', as: 'runtime' },
    { id: 'failregex-2', as: 'runtime' },
  ])
  const { classify } = createClassifier({ filters: configOf(imported).filters, tz: 'UTC' })
  const line = Buffer.from('2026-01-15T10:30:45+00:00 sbc1 opensips[812]: NOTICE:x yy 192.0.2.7')
  expect(classify(line, 0, line.length, null, 0, 0)).toMatchObject({ ip: '192.0.2.7', counted: true })
})
