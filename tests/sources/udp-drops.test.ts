import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { kernelDrops } from '../../src/sources/udp-drops.ts'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '::1'],
])('what the kernel dropped for a socket bound to %s is found', async (host, target) => {
  const type = host.includes(':') ? 'udp6' : 'udp4'
  const socket = createSocket({ type, recvBufferSize: 1024 })
  socket.bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  expect(kernelDrops(host, port)).toBe(0)
  const sender = createSocket(type)
  let received = 0
  socket.on('message', () => received++)
  const SENT = 500
  await Promise.all(Array.from({ length: SENT }, () => new Promise((sent) => sender.send('x'.repeat(1000), port, target, sent))))
  await expect.poll(() => received + kernelDrops(host, port)).toBe(SENT)
  expect(kernelDrops(host, port)).toBeGreaterThan(0)
  socket.close()
  sender.close()
})

test('of a port that nobody listens on nothing is known', () => {
  expect(kernelDrops('127.0.0.1', 1)).toBe(0)
})
