import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  readonly url: string
  /** How long each piece of data is held, each way, ms. */
  delayMs: number
  /** Ends every connection and refuses new ones until it is healed. */
  cut(): void
  /** Connections stay, and nothing passes any more, either way, until it is healed: what was sent meanwhile comes then. */
  hold(): void
  heal(): void
  close(): Promise<void>
}

/** A port, of loopback unless told otherwise, that leads to one of loopback, over a path that can be slow, cut or dead. */
export async function startProxy(target: number, delayMs = 0, host = '127.0.0.1'): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let isCut = false
  let holds = false

  function pass(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      const deliver = () => {
        if (holds) held.push(deliver)
        else if (to.writable) to.write(bytes)
      }
      if (proxy.delayMs === 0) deliver()
      else setTimeout(deliver, proxy.delayMs)
    })
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('error', () => {})
  }

  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.setNoDelay(true))
    pass(client, upstream)
    pass(upstream, client)
  }).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }

  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: TcpProxy = {
    port,
    url: `redis://${host}:${port}`,
    delayMs,
    cut() {
      isCut = true
      drop()
    },
    hold() {
      holds = true
    },
    heal() {
      isCut = false
      holds = false
      for (const deliver of held.splice(0)) deliver()
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      drop()
      await closed
    },
  }
  return proxy
}
