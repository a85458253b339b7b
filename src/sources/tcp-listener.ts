import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** More senders than any site has. */
const MOST_CONNECTIONS = 256
/** A server that logs nothing for so long connects anew. */
const IDLE_MS = 3_600_000
/** Peers that are gone without a word are found out. */
const KEEP_ALIVE_MS = 60_000

/** Takes the messages out of what one connection brings. */
export interface Frames {
  /** The messages that are complete now, without what frames them; valid as long as the chunk is. */
  take(chunk: Buffer): Buffer[]
  /** Whether a message has begun and not ended: at the end of a connection it is lost. */
  readonly unfinished: boolean
  /** Nobody can tell where the next message begins: the connection is of no more use. */
  readonly lost: boolean
}

export interface TcpListenerOptions {
  readonly host: string
  readonly port: number
  readonly mayReceive: (address: string) => boolean
  readonly newFrames: () => Frames
  /** The connection is read on when it has resolved; false: no more is wanted. */
  readonly deliver: (messages: readonly Buffer[]) => Promise<boolean>
  /** One connection too many; it was closed. */
  readonly onFull: (address: string) => void
}

/** Receives messages over TCP. A slow sink stops the reading, and so the senders. */
export class TcpListener {
  readonly #options: TcpListenerOptions
  readonly #connections = new Map<Socket, Promise<void>>()
  #server: Server | null = null
  /** Messages whose connection ended within them: the address at such an end may lack its last digits. */
  dropped = 0

  constructor(options: TcpListenerOptions) {
    this.#options = options
  }

  /** @throws system errors: EADDRINUSE … */
  async open(): Promise<void> {
    const { host, port } = this.#options
    const server = createServer((socket) => this.#accept(socket))
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    server.on('error', () => {}) // EMFILE: that connection is not accepted, the next one may be
    this.#server = server
  }

  /** Port in use; null while it does not listen. */
  get port(): number | null {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : null
  }

  async close(): Promise<void> {
    this.#server?.close()
    this.#server = null
    for (const socket of this.#connections.keys()) socket.destroy()
    await Promise.all(this.#connections.values())
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    socket.on('error', () => {}) // it is over, and `#serve` sees it
    if (!this.#options.mayReceive(address)) {
      socket.destroy()
      return
    }
    if (this.#connections.size >= MOST_CONNECTIONS) {
      this.#options.onFull(address)
      socket.destroy()
      return
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#connections.set(
      socket,
      this.#serve(socket).finally(() => this.#connections.delete(socket)),
    )
  }

  async #serve(socket: Socket): Promise<void> {
    const frames = this.#options.newFrames()
    let isDelivering = false
    socket.setTimeout(IDLE_MS, () => isDelivering || socket.destroy())
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        const messages = frames.take(chunk)
        isDelivering = true
        if (messages.length > 0 && !(await this.#options.deliver(messages))) return
        isDelivering = false
        if (frames.lost) return
      }
    } catch {
      // Reset by the sender, or destroyed by us.
    }
    if (frames.unfinished) this.dropped++
  }
}
