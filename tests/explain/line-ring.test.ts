import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineRing } from '../../src/explain/line-ring.ts'
import type { LineBatch } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { eventOf } from '../detect/samples.ts'

const SIZE = 65_536

/** Puts a line of this text at an offset of a stream. */
function put(
  ring: LineRing,
  text: string,
  offset: number,
  given: { user?: string | null; batch?: Partial<LineBatch>; rule?: string } = {},
) {
  const bytes = Buffer.from(`before${text}after`, 'latin1')
  const event = eventOf({ user: given.user ?? null, rule: given.rule ?? 'failed-registration' })
  ring.put(event, batchOf([], { source: 'a.log', ...given.batch }), bytes, 6, bytes.length - 5, offset)
}

test('a line is found by its stream and offset, with what was known of it', () => {
  const ring = new LineRing(SIZE)
  put(ring, 'one \xe9 line', 70, { user: '1001\u{1F4DE}' })
  put(ring, 'another', 2 ** 40 + 70, { rule: 'door-knock', batch: { generation: 'g2', filter: 'opensips', source: 'b.log' } })
  const kind = 'failed_registration'
  expect(ring.find('g1', 70)).toEqual({
    ...{ source: 'a.log', pin: null, text: 'one \xe9 line', kind, rule: 'opensips/failed-registration', user: '1001\u{1F4DE}' },
  })
  expect(ring.find('g2', 2 ** 40 + 70)).toEqual({
    ...{ source: 'b.log', pin: 'opensips', text: 'another', kind, rule: 'opensips/door-knock', user: null },
  })
  expect(ring.find('g2', 70)).toBeNull()
  expect(ring.find('g1', 2 ** 40 + 70)).toBeNull()
  expect(ring.find('g3', 70)).toBeNull()
})

test('a line that is too long is not kept, nor is a name that is', () => {
  const ring = new LineRing(SIZE)
  put(ring, 'x'.repeat(8193), 1)
  put(ring, 'x'.repeat(8192), 2, { user: 'u'.repeat(65) })
  expect(ring.find('g1', 1)).toBeNull()
  expect(ring.find('g1', 2)).toMatchObject({ text: 'x'.repeat(8192), user: null })
})

test('whatever is put in, the newest lines are found as they were, and no other text is ever found', () => {
  const line = fc.record({
    length: fc.integer({ min: 0, max: 3000 }),
    byte: fc.integer({ min: 0, max: 255 }),
    stream: fc.integer({ max: 2, min: 0 }),
  })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 200 }), (lines) => {
      const ring = new LineRing(SIZE)
      const texts = lines.map(({ length, byte }) => String.fromCharCode(byte).repeat(length))
      texts.forEach((text, i) => {
        put(ring, text, i * 3001, { user: text.slice(0, 7), batch: { generation: `g${lines[i]!.stream}` } })
      })
      // Of each the text, the user in two bytes a character, and the header; and what is skipped at the end of the buffer.
      let room = SIZE - 3100
      for (const [i, text] of [...texts.entries()].reverse()) {
        room -= text.length + 14 + 23
        const found = ring.find(`g${lines[i]!.stream}`, i * 3001)
        if (room > 0) expect(found?.text).toBe(text)
        else if (found !== null) expect(found.text).toBe(text)
      }
    }),
  )
})
