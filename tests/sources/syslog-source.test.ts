import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { SyslogSource } from '../../src/config/types.ts'
import { createSyslogSource } from '../../src/sources/syslog-source.ts'
import { closers, tcpSender, udpSender } from './listening.ts'
import { until } from './recorder.ts'
import { createTaking, type Taking } from './taking.ts'

async function listen(given: Partial<SyslogSource> = {}, taking: Taking = createTaking()) {
  const config: SyslogSource = { type: 'syslog', host: '127.0.0.1', port: 0, protocols: ['udp', 'tcp'], from: null, filter: null, ...given }
  const source = createSyslogSource(config, taking.options)
  await source.start(taking.sink)
  closers.push(() => source.stop())
  return { taking, source, status: () => source.status()[0]! }
}

const LINE = '<133>Jan 15 10:30:45 sbc1 kamailio[1]: NOTICE: <script>: x'

test('a datagram is one line, whatever it holds', async () => {
  const { taking, source, status } = await listen()
  const sender = await udpSender(source)
  await sender.say(`${LINE}\n`)
  await sender.say(`${LINE} ua=a\n${LINE}\r\n\0more`)
  await sender.say(Buffer.from([60, 0xe9, 62]))
  await sender.say('\n')
  await sender.say('last')
  await until(() => taking.lines.length === 4)
  expect(taking.texts()).toEqual([LINE, `${LINE} ua=a#012${LINE}#015#012#000more`, '<\ufffd>', 'last'])
  expect(new Set(taking.lines.map(({ id }) => id)).size).toBe(4)
  expect(status()).toMatchObject({ name: 'syslog:udp+tcp://127.0.0.1:0', trouble: null, droppedLines: 0, refused: 0, lagBytes: 0 })
})

test('both framings of TCP are read, also mixed and in pieces', async () => {
  const { taking, source } = await listen({ filter: 'kamailio' })
  const sender = await tcpSender(source)
  sender.write(`${LINE}\n`)
  sender.write(`${LINE.length + 2} ${LINE.slice(0, 9)}`)
  await until(() => taking.lines.length === 1)
  sender.write(`${LINE.slice(9)}\nx${LINE}\r\n`)
  await until(() => taking.lines.length === 3)
  expect(taking.texts()).toEqual([LINE, `${LINE}#012x`, LINE])
  expect(taking.batches.every(({ filter }) => filter === 'kamailio')).toBe(true)
})

test('what a connection had not finished when it ended is no line: its address may lack the last digits', async () => {
  const { taking, source, status } = await listen()
  const sender = await tcpSender(source)
  sender.end(`${LINE}\n<133>Jan 15 10:30:45 sbc1 kamailio[1]: from 192.0.2.1`)
  await until(() => status().droppedLines === 1)
  expect(taking.texts()).toEqual([LINE])
})

test('a slow sink stops the senders of TCP, and nothing is lost', async () => {
  const { taking, source } = await listen()
  let release = () => {}
  taking.before = () => new Promise<void>((resolve) => (release = resolve))
  const sender = await tcpSender(source)
  const LINES = 32_768
  sender.end(`${LINE} ${'x'.repeat(1000)}\n`.repeat(LINES))
  // Far more than the kernel holds on the way: once that is full, nothing moves.
  let left = 0
  for (let still = 0; still < 10; still++) {
    await sleep(10)
    if (sender.writableLength !== left) still = 0
    left = sender.writableLength
  }
  expect(left).toBeGreaterThan(0)
  expect(taking.lines).toEqual([])
  taking.before = () => {}
  release()
  await until(() => taking.lines.length === LINES)
})

test('what comes over UDP faster than it is taken is dropped beyond a bound, and counted exactly', async () => {
  const { taking, source, status } = await listen({ protocols: ['udp'] })
  let release = () => {}
  taking.before = () => new Promise<void>((resolve) => (release = resolve))
  const sender = await udpSender(source)
  const SENT = 20_000
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < SENT; i++) {
    await sender.say(`${LINE} ${i}`)
    // The receiver is in this process: it needs its turns.
    if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  // One batch is with the sink, and so many wait.
  await until(() => status().droppedLines >= SENT - 16_384 - 256)
  expect(status().lagBytes).toBeLessThan(8 * 1024 * 1024)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  taking.before = () => {}
  release()
  await until(() => taking.lines.length + status().droppedLines === SENT)
  await until(() => status().lagBytes === 0)
  expect(taking.lines.length).toBeLessThanOrEqual(16_384 + 256)
  await until(() => taking.notices.length > 0)
  expect(taking.notices).toEqual([
    expect.stringMatching(/^syslog:udp:.*: \d+ datagrams were dropped: they came faster than they could be read$/),
  ])
})

test('what the kernel drops, for nobody reads in time, is counted too', async () => {
  const { taking, source, status } = await listen({ protocols: ['udp'] })
  const sender = await udpSender(source)
  const SENT = 4000
  const message = `${LINE} ${'x'.repeat(8000)}`
  // All in one turn: nothing is read meanwhile, and it is more than any kernel's buffer holds.
  await Promise.all(Array.from({ length: SENT }, () => sender.say(message)))
  await until(() => status().lagBytes === 0 && taking.lines.length + status().droppedLines === SENT)
  expect(status().droppedLines).toBeGreaterThan(0)
  const dropped = status().droppedLines
  await source.stop()
  expect(status().droppedLines).toBe(dropped)
})

test('senders that are not listed are refused, counted and named', async () => {
  const { taking, source, status } = await listen({ from: ['127.0.0.2/32', '198.51.100.0/24'] })
  const udp = await udpSender(source)
  await udp.say('forged')
  const refused = await tcpSender(source)
  refused.write('forged\n')
  await once(refused, 'close')
  const listed = await tcpSender(source, '127.0.0.2')
  listed.write(`${LINE}\n`)
  await until(() => taking.lines.length === 1 && status().refused === 2)
  expect(taking.texts()).toEqual([LINE])
  expect(status()).toMatchObject({ refused: 2, droppedLines: 0 })
  expect(taking.notices).toEqual(['syslog:udp+tcp://127.0.0.1:0: 127.0.0.1 sends and is not listed in from:'])
})

test('IPv6 is listened on, and IPv4 senders of a socket for both are known by their IPv4 address', async () => {
  const { taking, source } = await listen({ host: '::', from: ['::1', '127.0.0.0/8'] })
  await (await udpSender(source, '::1')).say('six')
  await (await udpSender(source)).say('four')
  await until(() => taking.lines.length === 2)
  expect(taking.texts().sort()).toEqual(['four', 'six'])
})

test('a port in use is no reason not to start: it is tried again, and said', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as { port: number }
  const { taking, source, status } = await listen({ port })
  expect(status().trouble).toBe(`it cannot listen on tcp port ${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`)
  expect(source.port('udp')).toBe(port)
  other.close()
  await until(() => status().trouble === null)
  const sender = await tcpSender(source)
  sender.write('now\n')
  await until(() => taking.lines.length === 1)
  expect(taking.notices.at(-1)).toBe(`syslog:udp+tcp://127.0.0.1:${port}: it listens on tcp port ${port} now`)
})

test('more connections than any site has are closed', async () => {
  const { taking, source } = await listen({ protocols: ['tcp'] })
  const senders = await Promise.all(Array.from({ length: 256 }, () => tcpSender(source)))
  senders[0]!.write('here\n')
  await until(() => taking.lines.length === 1)
  const tooMany = await tcpSender(source)
  await once(tooMany, 'close')
  expect(taking.notices.at(-1)).toBe('syslog:tcp://127.0.0.1:0: a connection from 127.0.0.1 was closed: there are too many')
  senders[0]!.end()
  await once(senders[0]!, 'close')
  const next = await tcpSender(source)
  next.write('again\n')
  await until(() => taking.lines.length === 2)
})

test('stopped, it delivers what it had received, and nothing after that', async () => {
  const { taking, source } = await listen()
  const sender = await udpSender(source)
  for (let i = 0; i < 600; i++) await sender.say(`${i}`)
  await until(() => taking.lines.length > 0)
  await source.stop()
  const taken = taking.lines.length
  await new Promise((resolve) => setImmediate(resolve))
  expect(taking.lines.length).toBe(taken)
  expect(source.port('udp')).toBeNull()
})

test('stopped while the sink refuses, it gives up what is left', async () => {
  const { taking, source, status } = await listen()
  taking.before = () => {
    throw new Error('the disk is full')
  }
  await (await udpSender(source)).say('x')
  await until(() => status().trouble === 'the disk is full')
  await source.stop()
  expect(taking.lines).toEqual([])
})
