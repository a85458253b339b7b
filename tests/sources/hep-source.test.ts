import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { HepSource } from '../../src/config/types.ts'
import { createHepSource } from '../../src/sources/hep-source.ts'
import { barePacket } from '../hep/hep-packet.ts'
import { closers, tcpSender, udpSender } from './listening.ts'
import { until } from './recorder.ts'
import { createTaking } from './taking.ts'

async function listen(given: Partial<HepSource> = {}) {
  const clock = { nowMs: Date.UTC(2026, 0, 15) }
  const taking = createTaking({ now: () => clock.nowMs })
  const config: HepSource = { type: 'hep', host: '127.0.0.1', port: 0, protocols: ['udp', 'tcp'], from: null, key: null, ...given }
  const source = createHepSource(config, taking.options)
  await source.start(taking.sink)
  closers.push(() => source.stop())
  return { taking, source, clock, status: () => source.status()[0]! }
}
const PACKETS = ['REGISTER sip:a\r\n\r\n', '\n\n', 'last\0'].map((text) => barePacket(Buffer.from(text)))
const texts = PACKETS.map((packet) => packet.toString())

test('a datagram is one packet, and no byte of it is looked at or changed', async () => {
  const { taking, source, status } = await listen()
  const sender = await udpSender(source)
  for (const packet of [...PACKETS, Buffer.from('not HEP\n')]) await sender.say(packet)
  await sender.say('')
  await until(() => taking.lines.length === 4)
  expect(taking.texts()).toEqual([...texts, 'not HEP\n'])
  expect(taking.batches.every(({ form, filter, cut }) => form === 'hep' && filter === null && cut === 0)).toBe(true)
  expect(new Set(taking.lines.map(({ id }) => id)).size).toBe(4)
  expect(status()).toMatchObject({ name: 'hep:udp+tcp://127.0.0.1:0', trouble: null, silence: null, droppedLines: 0, refused: 0 })
})

test('packets come out of a TCP connection whole, also in pieces', async () => {
  const { taking, source } = await listen()
  const sender = await tcpSender(source)
  const stream = Buffer.concat(PACKETS)
  sender.write(stream.subarray(0, PACKETS[0]!.length + 3))
  await until(() => taking.lines.length === 1)
  sender.write(stream.subarray(PACKETS[0]!.length + 3))
  await until(() => taking.lines.length === 3)
  expect(taking.texts()).toEqual(texts)
})

test('a TCP connection that brings something else is closed, and what it brought is handed on to be refused', async () => {
  const { taking, source, status } = await listen()
  const sender = await tcpSender(source)
  sender.write(Buffer.concat([PACKETS[0]!, Buffer.from([2, 16, 2, 17])]))
  await once(sender, 'close')
  expect(taking.texts()).toEqual([texts[0], '\x02\x10\x02\x11'])
  expect(status().droppedLines).toBe(0)
})

test('a packet that a TCP connection ended in is dropped', async () => {
  const { source, status, taking } = await listen()
  const sender = await tcpSender(source)
  sender.end(PACKETS[0]!.subarray(0, 9))
  await until(() => status().droppedLines === 1)
  expect(taking.lines).toEqual([])
})

test('only listed senders are heard', async () => {
  const { taking, source, status } = await listen({ from: ['127.0.0.2'], protocols: ['udp'] })
  await (await udpSender(source)).say(PACKETS[0]!)
  await until(() => status().refused === 1)
  expect(taking.lines).toEqual([])
})

test('it says that nothing has come a minute after its start, and how to switch the mirroring on', async () => {
  const { source, taking, clock, status } = await listen()
  clock.nowMs += 59_999
  expect(status().silence).toBeNull()
  clock.nowMs++
  expect(status().silence).toEqual({
    what: 'no HEP has come yet',
    remedy: 'sipguard emit SERVER --hep (opensips, kamailio, asterisk, freeswitch) prints the lines that switch the mirroring on',
  })
  await (await udpSender(source)).say(PACKETS[0]!)
  await until(() => taking.lines.length === 1)
  expect(status().silence).toBeNull()
})

test('it says that nothing comes any more after a quarter of an hour', async () => {
  const { source, taking, clock, status } = await listen()
  await (await udpSender(source)).say(PACKETS[0]!)
  await until(() => taking.lines.length === 1)
  clock.nowMs += 899_999
  expect(status().silence).toBeNull()
  clock.nowMs++
  expect(status().silence?.what).toBe('no HEP has come for a quarter of an hour')
})
