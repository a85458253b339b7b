import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineBuffer, type Lines, MAX_LINE } from '../../src/sources/lines.ts'
import { linesOf } from '../../src/sources/lines-of.ts'

interface Found {
  lines: string[]
  cut: number
  ends: number[]
}

const textOf = ({ bytes, spans, count }: Lines) =>
  Array.from({ length: count }, (_, i) => bytes.toString('latin1', spans[2 * i]!, spans[2 * i + 1]!))

async function read(whole: Buffer, sizes: number[], eager = true): Promise<Found> {
  async function* chunks() {
    for (let at = 0, i = 0; at < whole.length; i++) {
      const size = sizes[i % sizes.length]!
      yield whole.subarray(at, at + size)
      at += size
    }
  }
  const found: Found = { lines: [], cut: 0, ends: [] }
  for await (const lines of linesOf(chunks(), { eager })) {
    for (const line of textOf(lines)) found.lines.push(line)
    found.cut += lines.cut
    if (lines.count > 0) found.ends.push(lines.end)
  }
  return found
}

/** What the lines of a text are, said in another way. */
function expected(whole: Buffer): Pick<Found, 'lines' | 'cut'> {
  const parts = whole.toString('latin1').split('\n')
  if (parts.at(-1) === '') parts.pop()
  const bare = parts.map((part) => (part.endsWith('\r') ? part.slice(0, -1) : part))
  return { lines: bare.map((line) => line.slice(0, MAX_LINE)), cut: bare.filter((line) => line.length > MAX_LINE).length }
}

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 4, arbitrary: fc.constantFrom('\n', '\r\n', '\r', '\0', '\n\n', 'REGISTER').map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0, 1, 2, 200_000).map((more) => Buffer.alloc(MAX_LINE + more, 'x')) },
)

describe('lines', () => {
  test('are those that split would give, whatever the chunks', async () => {
    const texts = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.concat(pieces))
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1000, max: 300_000 })), {
      minLength: 1,
      maxLength: 5,
    })
    await fc.assert(
      fc.asyncProperty(texts, sizes, fc.boolean(), async (text, chunkSizes, eager) => {
        const bounded = text.length > 50_000 ? chunkSizes.map((size) => Math.max(size, 5000)) : chunkSizes
        const { lines, cut } = await read(text, bounded, eager)
        expect({ lines, cut }).toEqual(expected(text))
      }),
      { numRuns: 200 },
    )
  })

  test('an empty line is a line', async () => {
    expect((await read(Buffer.from('\n\r\na\n\n'), [100])).lines).toEqual(['', '', 'a', ''])
  })

  test('only one carriage return belongs to the line end', async () => {
    expect((await read(Buffer.from('a\r\r\nb\rc\nd\r'), [100])).lines).toEqual(['a\r', 'b\rc', 'd'])
  })

  test('a line of 64 KiB and its carriage return is whole', async () => {
    const found = await read(Buffer.from(`${'x'.repeat(MAX_LINE)}\r\nb\n`), [1000])
    expect(found.lines).toEqual(['x'.repeat(MAX_LINE), 'b'])
    expect(found.cut).toBe(0)
  })

  test('of a longer line the first 64 KiB are delivered once and the rest is skipped', async () => {
    const found = await read(Buffer.from(`a\n${'x'.repeat(5 * MAX_LINE)}\nb\n`), [7000])
    expect(found.lines).toEqual(['a', 'x'.repeat(MAX_LINE), 'b'])
    expect(found.cut).toBe(1)
  })

  test('end where the next begin, also over a restart inside a line that was cut', () => {
    const stream = Buffer.from(`a\n${'x'.repeat(2 * MAX_LINE)}\nb\n`)
    const first = new LineBuffer()
    stream.copy(first.room(), 0, 0, MAX_LINE + 100)
    const before = first.take(MAX_LINE + 100)
    expect(textOf(before)).toEqual(['a', 'x'.repeat(MAX_LINE)])
    expect(before.skipping).toBe(true)

    const second = new LineBuffer()
    second.restart(before.end, before.skipping)
    stream.copy(second.room(), 0, before.end)
    const after = second.take(stream.length - before.end)
    expect(textOf(after)).toEqual(['b'])
    expect(after).toMatchObject({ offset: before.end, end: stream.length, skipping: false, cut: 0 })
  })

  test('a buffer of nothing but line ends grows its spans', async () => {
    const whole = Buffer.alloc(300_000, '\n')
    const found = await read(whole, [300_000], false)
    expect(found.lines.length).toBe(300_000)
    expect(found.ends.at(-1)).toBe(300_000)
  })
})
