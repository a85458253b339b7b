import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
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
