import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import type { ListenerSource } from '../../src/sources/listener-source.ts'

/** What ends with the test, last begun first. */
export const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A socket that sends datagrams to a listener. */
export async function udpSender(
  source: ListenerSource,
  address = '127.0.0.1',
): Promise<UdpSocket & { say: (text: string | Buffer) => Promise<void> }> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  closers.push(() => void socket.close())
  const say = (text: string | Buffer) =>
    new Promise<void>((resolve, reject) => socket.send(text, source.port('udp')!, address, (error) => (error ? reject(error) : resolve())))
  return Object.assign(socket, { say })
}

/** A connection to a listener. */
export async function tcpSender(source: ListenerSource, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port: source.port('tcp')!, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  closers.push(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}
