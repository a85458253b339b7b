import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { objects, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
let dir: string
beforeEach(() => {
  dir = newDirectory()
})

const FAILED =
  'opensips[1]: NOTICE:REGISTER: Failed registration logged to database - 1001@example.com from 192.0.2.7:5060, response 403 Forbidden'
const LINES = `nothing\n\nJan 15 10:30:45 sbc1 ${FAILED}\n`
const EVENT = {
  kind: 'failed_registration',
  ip: '192.0.2.7',
  port: 5060,
  transport: null,
  user: '1001',
  domain: 'example.com',
  user_agent: null,
  method: 'REGISTER',
  code: 403,
  reason: 'Forbidden',
  at: expect.stringMatching(/^\d{4}-01-15T10:30:45\.000Z$/),
  filter: 'opensips',
  rule: 'failed-registration',
  counted: true,
  shadow: false,
  proved: false,
}

test('standard input, without and with a dash: one object for each line that a rule knows, in the fields of the design', async () => {
  for (const args of [[], ['-']]) {
    const { status, out, err } = await sipguard(['classify', ...args, '--tz', 'UTC'], { input: LINES })
    expect([status, err]).toEqual([0, ''])
    expect(objects(out)).toEqual([{ line: 3, ...EVENT }])
    expect(Object.keys(objects(out)[0]!)).toEqual(['line', ...Object.keys(EVENT)])
  }
})

test('a file; with --all every line has its object, the last one without a newline too', async () => {
  const file = join(dir, 'a.log')
  writeFileSync(file, `${LINES}${FAILED.replace('opensips[1]: ', '')}`)
  const { status, out } = await sipguard(['classify', '--all', file, '--tz', 'UTC'])
  expect(status).toBe(0)
  expect(objects(out)).toEqual([
    { line: 1, kind: null },
    { line: 2, kind: null },
    { line: 3, ...EVENT },
    { line: 4, ...EVENT, at: expect.any(String) },
  ])
})

test('the zone of --tz dates times that have none', async () => {
  const { out } = await sipguard(['classify', '--tz', 'Asia/Tokyo'], { input: LINES })
  expect(objects(out)[0]!.at).toMatch(/-01-15T01:30:45\.000Z$/)
})

test('hostile bytes leave it escaped, and every line is one line', async () => {
  const user = Buffer.from('\x1b[2J\x9b\xff\x00\u202e"\\', 'latin1')
  const [before, after] = FAILED.split('1001')
  const input = Buffer.concat([Buffer.from(`Jan 15 10:30:45 sbc1 ${before}`), user, Buffer.from('\u202e'), Buffer.from(`${after}\n`)])
  const { status, out } = await sipguard(['classify', '--all'], { input })
  expect(status).toBe(0)
  expect(out).toMatch(/^[\x20-\x7e\ufffd]*\n$/)
  expect(objects(out)).toMatchObject([{ line: 1, kind: 'failed_registration', ip: '192.0.2.7', user: expect.stringContaining('\x1b[2J') }])
})

test.each([
  [['classify', '/nowhere/a.log'], 1, 'sipguard: cannot read /nowhere/a.log: no such file\n'],
  [['classify', '--tz', 'Mars/Base'], 2, "sipguard: --tz: expected a time zone such as Europe/Berlin or UTC, got 'Mars/Base'\n"],
  [['classify', '--config', '/nowhere/c.yaml'], 2, /^sipguard: .*\/nowhere\/c\.yaml/],
])('%j is refused', async (args, status, message) => {
  const run = await sipguard(args)
  expect([run.status, run.out]).toEqual([status, ''])
  expect(run.err).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
})
