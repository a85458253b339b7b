import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_LINE } from '../../src/sources/lines.ts'
import { SyslogFrames } from '../../src/sources/syslog-frames.ts'

/** All messages of a stream, in chunks that end at these places. */
function framed(stream: string | Buffer, ends: readonly number[] = []) {
  const bytes = Buffer.from(stream)
  const frames = new SyslogFrames()
  const messages: string[] = []
  const places = [...new Set(ends.map((end) => end % (bytes.length + 1))), bytes.length].sort((a, b) => a - b)
  let at = 0
  for (const end of places) {
    messages.push(...frames.take(bytes.subarray(at, end)).map(String))
    at = end
  }
  return { messages, unfinished: frames.unfinished }
}

test('a newline ends a message', () => {
  expect(framed('<13>one\n<13>two\n')).toEqual({ messages: ['<13>one', '<13>two'], unfinished: false })
})

test('a count of octets says how long a message is, whatever it holds', () => {
  expect(framed('8 <13>a\nb\n<13>c\n6 <13>d\n')).toEqual({ messages: ['<13>a\nb\n', '<13>c', '<13>d\n'], unfinished: false })
})

test('a line of text that begins with a number is no count', () => {
  const lines = ['2026-01-15T10:30:45Z sbc1 kamailio[1]: x', '12 monkeys', '123456789 <13>x', '5', '7 ']
  expect(framed(`${lines.join('\n')}\n`).messages).toEqual(lines)
})

test('a message is not taken before it is complete', () => {
  for (const begun of ['<13>one', '20 <13>one', '2', '20', '20 ']) expect(framed(begun)).toEqual({ messages: [], unfinished: true })
})

test('of a message that is too long as much is taken as shows that it is, and the next one is read again', () => {
  const long = `<13>${'x'.repeat(MAX_LINE + 100)}`
  for (const stream of [`${long}\n<13>next\n`, `${long.length} ${long}<13>next\n`]) {
    for (const ends of [[], [MAX_LINE + 2, MAX_LINE + 50], [5, 10]]) {
      const { messages } = framed(stream, ends)
      expect(messages[0]?.length).toBeGreaterThan(MAX_LINE)
      expect(messages.slice(1)).toEqual(['<13>next'])
    }
  }
})

test('where the chunks begin and end makes no difference', () => {
  const message = fc.string({ maxLength: 40 }).map((text) => `<13>${text}`)
  const frame = fc.oneof(
    message.map((text) => ({ text, wire: `${Buffer.byteLength(text)} ${text}` })),
    message.map((text) => text.replaceAll('\n', ' ')).map((text) => ({ text, wire: `${text}\n` })),
  )
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat({ max: 500 }), { maxLength: 30 }), (sent, ends) => {
      const { messages, unfinished } = framed(sent.map(({ wire }) => wire).join(''), ends)
      expect(messages).toEqual(sent.map(({ text }) => text))
      expect(unfinished).toBe(false)
    }),
  )
})
