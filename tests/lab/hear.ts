/** Prints what HEP comes to 127.0.0.1:9060 of the host it is run on, packet after packet, until it is ended. */
import { createSocket } from 'node:dgram'
import { writeSync } from 'node:fs'

createSocket('udp4')
  .on('message', (packet) => void writeSync(1, packet))
  .bind(9060, '127.0.0.1', () => console.error('listening'))
