import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadShippedFilters, loadShippedJails } from '../../src/config/index.ts'
import { objects, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
let dir: string
beforeEach(() => {
  dir = newDirectory()
})
const write = (name: string, contents: string) => {
  writeFileSync(join(dir, name), contents)
  return join(dir, name)
}

describe('check', () => {
  test('says what a valid configuration holds', async () => {
    const config = write('c.yaml', 'sources: [{file: a.log}]\nenforce: nftables\njails: {sip-auth: {maxretry: 3}}\n')
    const jails = loadShippedJails().length
    const filters = loadShippedFilters().length
    expect(await sipguard(['check', '--config', config])).toEqual({
      status: 0,
      out: `${config} is valid: 1 source, ${jails} jails, ${filters} filters, enforce nftables\n`,
      err: '',
    })
    expect(objects((await sipguard(['check', '--config', config, '--json'])).out)).toEqual([
      { config, sources: 1, jails, filters, enforce: 'nftables', unproven: [] },
    ])
    expect((await sipguard(['check'])).out).toMatch(/^the built-in configuration is valid: 0 sources, /)
  })
  test('names every fault by file, line and column, and ends with 2', async () => {
    const config = write('c.yaml', 'sources:\n  - {fiel: a.log}\nenforce: pf\njails:\n  sip-auth: {maxretry: 0}\nignoreip: [10.0.0.0/33]\n')
    const { status, out, err } = await sipguard(['check', '--config', config])
    expect([status, out]).toEqual([2, ''])
    const places = err.replace('sipguard: ', '').trimEnd().split('\n')
    for (const place of [`${config}:2:6: `, `${config}:3:10: `, `${config}:5:24: `, `${config}:6:12: `]) {
      expect(places).toContainEqual(expect.stringContaining(place))
    }
    for (const line of places) expect(line).toMatch(/^\/.*c\.yaml:\d+:\d+: ./)
  })
  test('what stands in the file cannot steer the terminal', async () => {
    const config = write('c.yaml', '"\\e[31m\\u202e": 1\n')
    const { status, err } = await sipguard(['check', '--config', config])
    expect(status).toBe(2)
    expect(err).toMatch(/:1:1: unknown key '[^']*1b[^']*202e[^']*'/)
    expect(err).not.toMatch(/[\x1b\u202e]/)
  })
})

describe('jail list', () => {
  test('is a table of how many, how fast and how long', async () => {
    const { status, out } = await sipguard(['jail', 'list'])
    expect(status).toBe(0)
    expect(out).toMatch(/^sip-auth +10 in 5m +1h +failed_registration failed_auth call_rejected$/m)
    expect(out).toMatch(/^sip-enum +10 users in 10m +1h /m)
    expect(out).toMatch(/^sip-rate +300 in 1m +alert /m)
    expect(out).toMatch(/^sip-stuffing +10 ips in 1d +alert, then 1h /m)
  })
  test('as JSON has each jail with its settings, overrides included', async () => {
    const config = write('c.yaml', 'jails: {sip-auth: {maxretry: 3, bantime: -1}}\n')
    const jails = objects((await sipguard(['jail', 'list', '--json', '--config', config])).out)
    expect(jails.map(({ name }) => name)).toEqual(loadShippedJails().map(({ name }) => name))
    expect(jails.find(({ name }) => name === 'sip-auth')).toEqual({
      name: 'sip-auth',
      kinds: ['failed_registration', 'failed_auth', 'call_rejected'],
      reasons: null,
      methods: null,
      filters: null,
      by: ['ip'],
      distinct: null,
      maxretry: 3,
      unless: null,
      alertonly: false,
      findtime: '5m',
      bantime: '-1',
      increment: { factor: 2, maxtime: '4w' },
      // biome-ignore lint/suspicious/noThenProperty: the jail's second stage is called that in its file
      then: null,
    })
    const stuffing = jails.find(({ name }) => name === 'sip-stuffing')
    expect(stuffing?.then).toEqual({ by: ['user', 'ip'], maxretry: 2, findtime: '1d', bantime: '1h' })
  })
})

describe('filter list', () => {
  test('has a row for each rule, as a table and as JSON', async () => {
    const rules = loadShippedFilters().flatMap(({ name, rules }) => rules.map(({ id }) => [name, id]))
    const { status, out } = await sipguard(['filter', 'list'])
    expect(status).toBe(0)
    expect(out.trimEnd().split('\n')).toHaveLength(rules.length + 1)
    expect(out).toMatch(/^opensips +failed-registration +failed_registration +counts$/m)
    const json = objects((await sipguard(['filter', 'list', '--json'])).out)
    expect(json.map(({ filter, rule }) => [filter, rule])).toEqual(rules)
    expect(json.find(({ rule, filter }) => filter === 'opensips' && rule === 'failed-registration')).toEqual({
      filter: 'opensips',
      rule: 'failed-registration',
      kind: 'failed_registration',
      reason: null,
      counted: true,
      shadow: false,
      verdict: 'proved',
    })
  })
})

describe('filter test', () => {
  const OWN = `name: mine
prefix: opensips
rules:
  - id: refused
    kind: failed_auth
    failregex: '^Refused: ip=<ADDR>:<PORT>$'
`
  const sample = (host: string) => `# failJSON: { "match": true, "host": "${host}", "rule": "refused" }\nRefused: ip=192.0.2.7:5060\n`
  beforeEach(() => {
    mkdirSync(join(dir, 'logs'))
    write('mine.yaml', OWN)
  })

  test("anybody's filter against anybody's fixture logs", async () => {
    write('logs/mine.log', sample('192.0.2.7'))
    const run = await sipguard(['filter', 'test', './mine.yaml', '--fixtures', 'logs'], { cwd: dir })
    expect(run).toEqual({ status: 0, out: '2 passed, 0 failed\n', err: '' })
  })
  test('a sample that differs is named, and the exit status is 1', async () => {
    write('logs/mine.log', sample('192.0.2.8'))
    const run = await sipguard(['filter', 'test', './mine.yaml', '--fixtures', 'logs', '--junit', 'out.xml'], { cwd: dir })
    const file = join(dir, 'logs/mine.log')
    expect(run).toEqual({ status: 1, out: `${file}:2: host: expected "192.0.2.8", got "192.0.2.7"\n1 passed, 1 failed\n`, err: '' })
    const json = await sipguard(['filter', 'test', './mine.yaml', '--fixtures', 'logs', '--json'], { cwd: dir })
    expect(json.status).toBe(1)
    expect(objects(json.out)).toMatchObject([
      { filter: 'mine', sample: `${file}:2`, ok: false, faults: ['host: expected "192.0.2.8", got "192.0.2.7"'] },
      { filter: 'mine', ok: true, faults: [] },
    ])
  })
  test('the report for CI is written beside it', async () => {
    write('logs/mine.log', sample('192.0.2.7'))
    const report = join(dir, 'report.xml')
    expect((await sipguard(['filter', 'test', join(dir, 'mine.yaml'), '--fixtures', join(dir, 'logs'), '--junit', report])).status).toBe(0)
    const { readFileSync } = await import('node:fs')
    expect(readFileSync(report, 'utf8')).toContain('<testsuite name="mine" tests="2" failures="0">')
    const refused = await sipguard([
      'filter',
      'test',
      join(dir, 'mine.yaml'),
      '--fixtures',
      join(dir, 'logs'),
      '--junit',
      `${dir}/none/r.xml`,
    ])
    expect(refused.status).toBe(1)
    expect(refused.err).toBe(`sipguard: cannot write ${dir}/none/r.xml: ENOENT: no such file or directory, open '${dir}/none/r.xml'\n`)
  })
  test.each([
    [['filter', 'test', 'opensisp'], /^sipguard: no filter 'opensisp', did you mean 'opensips'\?\n$/],
    [['filter', 'test', 'freepbx'], /^sipguard: no filter 'freepbx'; filters are .*opensips/],
    [['filter', 'test', '--fixtures', '/nowhere'], /^sipguard: no fixtures at \/nowhere; name their folder with --fixtures DIR\n$/],
    [['filter', 'test', './none.yaml'], /^sipguard: .*none\.yaml/],
  ])('%j is refused with 2', async (args, message) => {
    const { status, err } = await sipguard(args, { cwd: dir })
    expect(status).toBe(2)
    expect(err).toMatch(message)
  })
})
