import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createStdinSource } from '../../src/sources/stdin-source.ts'
import { until } from './recorder.ts'
import { createTaking } from './taking.ts'

function open() {
  const taking = createTaking()
  const input = new PassThrough()
  return { taking, input, source: createStdinSource({ ...taking.options, filter: 'kamailio', input }) }
}

test('standard input is read line by line as it comes, the last line also without its newline, and its end is said', async () => {
  const { taking, input, source } = open()
  await source.start(taking.sink)
  input.write('one\ntw')
  await until(() => taking.lines.length === 1)
  expect(source.status()[0]).toMatchObject({ name: 'stdin', trouble: null })
  input.end('o\nlast')
  await until(() => source.status()[0]?.trouble !== null)
  expect(taking.texts()).toEqual(['one', 'two', 'last'])
  expect(taking.batches.map(({ source, filter, position }) => [source, filter, position.stream])).toContainEqual([
    'stdin',
    'kamailio',
    'stdin',
  ])
  expect(source.status()[0]).toMatchObject({ trouble: 'it has ended', lagBytes: 0 })
  expect(taking.notices).toEqual(['stdin: it has ended'])
  await source.stop()
})

test('every line has an id of its own, which no other start gives again', async () => {
  const ids = []
  for (let start = 0; start < 2; start++) {
    const { taking, input, source } = open()
    await source.start(taking.sink)
    input.end('a\nb\nc\n')
    await until(() => source.status()[0]?.trouble !== null)
    ids.push(...taking.lines.map(({ id }) => id))
    await source.stop()
  }
  expect(new Set(ids).size).toBe(6)
})

test('nothing more is read than a slow sink takes', async () => {
  const { taking, input, source } = open()
  let release = () => {}
  taking.before = () => new Promise<void>((resolve) => (release = resolve))
  await source.start(taking.sink)
  const line = `${'x'.repeat(1023)}\n`
  let written = 0
  // Writes until the pipe is full, as a process does.
  while (input.write(line)) written++
  await until(() => input.writableNeedDrain)
  expect(taking.lines).toEqual([])
  taking.before = () => {}
  release()
  input.end()
  await until(() => taking.lines.length === written + 1)
  await source.stop()
})

test('stopped while it waits for input, it delivers nothing more and says nothing', async () => {
  const { taking, input, source } = open()
  await source.start(taking.sink)
  input.write('one\nunfinished')
  await until(() => taking.lines.length === 1)
  await source.stop()
  expect(taking.texts()).toEqual(['one'])
  expect(taking.notices).toEqual([])
})

test('input that breaks is told with its reason', async () => {
  const { taking, input, source } = open()
  await source.start(taking.sink)
  input.write('one\n')
  await until(() => taking.lines.length === 1)
  input.destroy(Object.assign(new Error('broken'), { code: 'EIO' }))
  await until(() => source.status()[0]?.trouble !== null)
  expect(source.status()[0]?.trouble).toBe('the disk reports an error')
  await source.stop()
})
