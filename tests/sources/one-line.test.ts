import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_LINE } from '../../src/sources/lines.ts'
import { toOneLine } from '../../src/sources/one-line.ts'

const lineOf = (text: string) => toOneLine(Buffer.from(text)).line.toString()

test('what senders put at the end of a message is no part of its line', () => {
  expect(['<13>a\n', '<13>a\r\n', '<13>a\0', '<13>a\n\0'].map(lineOf)).toEqual(['<13>a', '<13>a', '<13>a', '<13>a'])
})

test('control characters are written as rsyslog writes them, so that a message is one line', () => {
  expect(lineOf('<13>User-Agent: x\r\n<13>Jan 15 10:30:45 sbc1 kamailio[1]: y\tz\0\x1b[2J\x7f.')).toBe(
    '<13>User-Agent: x#015#012<13>Jan 15 10:30:45 sbc1 kamailio[1]: y#011z#000#033[2J#177.',
  )
})

test('bytes that are no UTF-8 pass through', () => {
  expect(toOneLine(Buffer.from([60, 233, 128, 62])).line).toEqual(Buffer.from([60, 233, 128, 62]))
})

test('a line is never longer than MAX_LINE, and says when it was cut', () => {
  expect(toOneLine(Buffer.alloc(MAX_LINE, 'x'))).toMatchObject({ cut: false, line: { length: MAX_LINE } })
  expect(toOneLine(Buffer.alloc(MAX_LINE + 1, 'x'))).toMatchObject({ cut: true, line: { length: MAX_LINE } })
  expect(toOneLine(Buffer.concat([Buffer.alloc(MAX_LINE - 2, 'x'), Buffer.from('\tx')]))).toMatchObject({
    cut: true,
    line: { length: MAX_LINE },
  })
})

test('no bytes make a line with a control character in it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect([...toOneLine(Buffer.from(bytes)).line].filter((byte) => byte < 32 || byte === 127)).toEqual([])
    }),
  )
})
