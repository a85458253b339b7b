/**
 * Sends what standard input says, one JSON object a line, and prints the id of each that was answered. Flows keep their socket, so
 * a second message of the same flow belongs to an established one.
 * {"id":1,"flow":"a","protocol":"udp|tcp","from":"10.99.0.2","to":"10.99.0.1","port":5060,"sourcePort":5090}
 * {"id":2,"flood":true,…} sends without a pause until {"stop":true}, then prints {"id":2,"sent":N,"answered":N}.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

interface Order {
  id: number
  flow: string
  protocol: 'udp' | 'tcp'
  from: string
  to: string
  port: number
  sourcePort?: number
  flood?: boolean
  stop?: boolean
}

const flows = new Map<string, UdpSocket | Socket>()
let flooding = false

for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as Order
  if (order.stop) flooding = false
  else if (order.flood) void flood(order)
  else send(order)
}
process.exit()

function send(order: Order): void {
  const text = `${order.id}\n`
  if (order.protocol === 'udp') {
    const socket = (flows.get(order.flow) ?? udp(order, (message) => process.stdout.write(message))) as UdpSocket
    socket.send(text, order.port, order.to)
  } else {
    const socket = (flows.get(order.flow) ?? tcp(order)) as Socket
    socket.write(text)
  }
}

function udp(order: Order, onMessage: (message: Buffer) => void): UdpSocket {
  const socket = createSocket(order.from.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', onMessage).on('error', () => {})
  socket.bind(order.sourcePort ?? 0, order.from)
  flows.set(order.flow, socket)
  return socket
}

function tcp(order: Order): Socket {
  const socket = createConnection({ host: order.to, port: order.port, localAddress: order.from, localPort: order.sourcePort ?? 0 })
  socket.on('data', (data) => process.stdout.write(data)).on('error', () => {})
  flows.set(order.flow, socket)
  return socket
}

async function flood(order: Order): Promise<void> {
  let sent = 0
  let answered = 0
  const socket = udp(order, () => answered++)
  flooding = true
  while (flooding) {
    await new Promise((resolve) => socket.send('flood', order.port, order.to, resolve))
    sent++
    if (sent % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  console.log(JSON.stringify({ id: order.id, sent, answered }))
}
