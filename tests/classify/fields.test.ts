import { expect, test } from 'vitest'
import { fieldSpans } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'

const opensips = loadShippedFilters().find(({ name }) => name === 'opensips')!
const failed = (user: string) =>
  `2026-01-15T10:30:45+00:00 sbc1 opensips[812]: NOTICE:REGISTER: Failed registration logged to database - ${user}@example.com from 192.0.2.7:5060, response 403 Forbidden`

const read = (line: string) =>
  fieldSpans(opensips, 'failed-registration', Buffer.from(line)).map(({ name, start, end }) => [name, line.slice(start, end)])

test('each field is where it stands in the text, also behind what is longer in bytes', () => {
  expect(read(failed('h\u00e9\u{1F4DE}'))).toEqual([
    ['user', 'h\u00e9\u{1F4DE}'],
    ['domain', 'example.com'],
    ['ip', '192.0.2.7'],
    ['port', '5060'],
    ['code', '403'],
    ['reason', 'Forbidden'],
  ])
})

test('of a line that is wrapped, that another rule knows, or that none knows, there are no fields', () => {
  expect(read(JSON.stringify({ log: `${failed('1001')}\n`, stream: 'stderr', time: '2026-01-15T10:30:45Z' }))).toEqual([])
  expect(read('nothing')).toEqual([])
  expect(fieldSpans(opensips, 'no-such-rule', Buffer.from(failed('1001')))).toEqual([])
})
