import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPrinter } from '../../src/cli/print.ts'

const slow = () => new PassThrough({ highWaterMark: 16 }) as unknown as NodeJS.WriteStream

test('a daemon leaves lines out rather than wait for a slow reader or fill its memory, and says how many', async () => {
  const stream = slow()
  const told: number[] = []
  const printer = createPrinter(stream, { piece: 1, mostWaiting: 100, onLeftOut: (lines) => told.push(lines) })
  for (let i = 0; i < 1000; i++) printer.line(`line ${i}`)
  expect(stream.writableLength).toBeLessThan(150)
  const read: string[] = []
  stream.on('data', (bytes: Buffer) => read.push(bytes.toString()))
  await nextTurn()
  printer.line('after')
  await nextTurn()
  const lines = read.join('').split('\n').slice(0, -1)
  expect(lines.at(-1)).toBe('after')
  expect(lines.length + told[0]!).toBe(1001)
  expect(told).toHaveLength(1)
})

/** What reaches a reader of these lines. */
async function printed(lines: readonly (string | readonly string[])[], options: Parameters<typeof createPrinter>[1]): Promise<string> {
  const stream = new PassThrough()
  const read: Buffer[] = []
  stream.on('data', (bytes: Buffer) => read.push(bytes))
  const printer = createPrinter(stream as unknown as NodeJS.WriteStream, options)
  for (const line of lines) printer.line(line)
  printer.flush()
  await nextTurn()
  return Buffer.concat(read).toString()
}

test('lines of any script and length are printed as they are, whole or in pieces, and in order', async () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'é', '电', '😀', '\ud83d') }),
    fc.string({ minLength: 60, maxLength: 70 }),
    fc.constant('é'.repeat(2000)),
  )
  const line = fc.oneof(text, fc.array(text, { maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.constantFrom(1, 100, 1 << 16), async (lines, piece) => {
      const whole = lines.map((one) => `${typeof one === 'string' ? one : one.join('')}\n`).join('')
      expect(await printed(lines, { piece })).toBe(Buffer.from(whole).toString())
    }),
    { numRuns: 25 },
  )
})

test('who must lose nothing waits until what he printed is taken', async () => {
  const stream = slow()
  const printer = createPrinter(stream, { piece: 1 })
  for (let i = 0; i < 100; i++) printer.line(`line ${i}`)
  let taken = false
  const waiting = printer.taken().then(() => {
    taken = true
  })
  await nextTurn()
  expect(taken).toBe(false)
  let text = ''
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  await waiting
  expect(text.split('\n')).toHaveLength(101)
})
