/** Answers what it is sent: `node echo.ts PORT…`, UDP and TCP, both families. Says `ready` when it listens. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

for (const port of process.argv.slice(2).map(Number)) {
  for (const type of ['udp4', 'udp6'] as const) {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' })
    socket.on('message', (message, from) => socket.send(message, from.port, from.address))
    socket.bind(port)
    await once(socket, 'listening')
  }
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port, '::')
  await once(server, 'listening')
}
console.log('ready')
process.stdin.on('end', () => process.exit()).resume()
