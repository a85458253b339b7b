import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { kernelDrops } from './udp-drops.ts'

/** What waits for the sink between two batches: at most so much, then datagrams are dropped. */
const MOST_WAITING = 16_384
const MOST_WAITING_BYTES = 8 * 1024 * 1024
/** One batch, so small that the socket is read again before the kernel's buffer is full. */
const BATCH = 256
/** The kernel gives what net.core.rmem_max allows. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

export interface UdpListenerOptions {
  readonly host: string
  readonly port: number
  readonly mayReceive: (address: string) => boolean
  /** One datagram is one message. Nothing more is delivered until it resolves; false: no more is wanted. */
  readonly deliver: (messages: readonly Buffer[], waitingBytes: number) => Promise<boolean>
  /** So many more were dropped, and all that were not have been delivered. */
  readonly onDropped: (messages: number) => void
}

/** Receives datagrams. What comes faster than it is taken waits up to a bound; the rest is dropped and counted. */
export class UdpListener {
  readonly #options: UdpListenerOptions
  #socket: Socket | null = null
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  /** Of these, `onDropped` has been told. */
  #told = 0
  #pumping: Promise<void> | null = null

  constructor(options: UdpListenerOptions) {
    this.#options = options
  }

  /** @throws system errors: EADDRINUSE … */
  async open(): Promise<void> {
    const { host, port } = this.#options
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES })
    socket.on('message', (data, from) => this.#receive(data, from))
    socket.bind({ address: host, port, exclusive: true })
    try {
      await once(socket, 'listening')
    } catch (error) {
      socket.close()
      throw error
    }
    // ICMP errors are no reason to end.
    socket.on('error', () => {})
    this.#socket = socket
  }

  /** Port in use; null while it does not listen. */
  get port(): number | null {
    return this.#socket?.address().port ?? null
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Datagrams that were lost here or in the kernel's buffer. */
  get dropped(): number {
    const { port } = this
    return this.#dropped + (port === null ? 0 : kernelDrops(this.#options.host, port))
  }

  /** Nothing is received any more; what waits is delivered, as long as it is taken. */
  async close(): Promise<void> {
    this.#dropped = this.dropped
    this.#socket?.close()
    this.#socket = null
    await this.#pumping
  }

  #receive(data: Buffer, from: RemoteInfo): void {
    if (!this.#options.mayReceive(from.address)) return
    if (this.#waiting.length >= MOST_WAITING || this.#waitingBytes + data.length > MOST_WAITING_BYTES) {
      this.#dropped++
      return
    }
    this.#waiting.push(data)
    this.#waitingBytes += data.length
    this.#pumping ??= this.#pump()
  }

  #tellDropped(): void {
    const { dropped } = this
    if (dropped > this.#told) this.#options.onDropped(dropped - this.#told)
    this.#told = dropped
  }

  async #pump(): Promise<void> {
    let isFlood = false
    while (this.#waiting.length > 0) {
      await nextTurn()
      const messages = this.#waiting.splice(0, BATCH)
      isFlood ||= messages.length === BATCH
      for (const { length } of messages) this.#waitingBytes -= length
      if (!(await this.#options.deliver(messages, this.#waitingBytes))) break
    }
    this.#pumping = null
    if (isFlood) this.#tellDropped()
  }
}
