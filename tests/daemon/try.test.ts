import { expect, test } from 'vitest'
import { startGuard } from './guarding.ts'
import { chatter, failure, failures, success } from './lines.ts'

test('each line is told as it is classified, with its fields, and what it would lead to', async () => {
  const { control, guard, reports } = await startGuard()
  const tried = control.tryLines(`${chatter('hello')}${failures(11, '192.0.2.7')}`, null)
  expect(tried.lines).toHaveLength(12)
  expect(tried.lines[0]).toMatchObject({ line: 1, kind: null, fields: [] })
  expect(tried.lines[11]).toMatchObject({ line: 12, kind: 'failed_registration', ip: '192.0.2.7', counted: true })
  const { text, fields } = tried.lines[11]!
  expect(fields.map(({ name, start, end }) => [name, text.slice(start, end)])).toContainEqual(['ip', '192.0.2.7'])
  expect(tried.decisions).toMatchObject([{ line: 11, type: 'ban', ip: '192.0.2.7', jail: 'sip-auth', count: 10 }])
  expect(tried.windows).toContainEqual({ jail: 'sip-auth', key: '192.0.2.7', count: 1, maxretry: 10, findtime: '5m' })
  // Nothing of it is kept.
  expect(guard.active()).toEqual([])
  expect(reports).toEqual([])
  expect(await control.whyNot('192.0.2.7')).toMatchObject({ cause: 'nothing-seen' })
  expect(control.tryLines(failure('192.0.2.7'), null).decisions).toEqual([])
})

test('the live lists and phones hold', async () => {
  const { control, feed } = await startGuard()
  await control.allow('192.0.2.0/24', { forMs: null, comment: null })
  feed(success('198.51.100.7', { atMs: Date.now() - 6e5 }))
  const decided = (ip: string) => control.tryLines(failures(10, ip), null).decisions.map(({ type, why }) => [type, why])
  expect(decided('192.0.2.7')).toEqual([['skip', 'allowed']])
  expect(decided('198.51.100.7')).toContainEqual(['skip', 'phone'])
})

test('a pinned filter is the only one that is tried, and an unknown one is refused', async () => {
  const { control } = await startGuard()
  expect(control.tryLines(failure('192.0.2.7'), 'asterisk').lines[0]).toMatchObject({ kind: null })
  expect(control.tryLines(failure('192.0.2.7'), 'opensips').lines[0]).toMatchObject({ kind: 'failed_registration' })
  expect(() => control.tryLines('', 'opensip')).toThrow(expect.objectContaining({ code: 'FILTER_UNKNOWN' }))
})

test('hostile text is data', async () => {
  const { control } = await startGuard()
  const hostile = ['\0\x1b[2J\u202e', '{"log":"', '\ud800', '<script>', '', `${'a'.repeat(70_000)}`]
  const { lines } = control.tryLines(hostile.join('\r\n'), null)
  expect(lines.map(({ text }) => text)).toEqual(hostile)
  expect(lines.every(({ kind }) => kind === null)).toBe(true)
})
