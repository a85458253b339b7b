import { BlockList } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalAddress, parseCidr } from '../address.ts'
import type { ListenProtocol } from '../config/types.ts'
import type { LineBatch } from '../types.ts'
import { Backoff } from './backoff.ts'
import { Delivery } from './delivery.ts'
import type { SourceOptions } from './file-source.ts'
import { reasonOf } from './reason.ts'
import { NOTHING_LOST, type Source } from './source.ts'
import { type Frames, TcpListener } from './tcp-listener.ts'
import { UdpListener } from './udp-listener.ts'

/** So many senders that are not listed are named, then they are only counted. */
const MOST_NAMED = 10

export interface ListenerOptions {
  readonly name: string
  /** IP address. */
  readonly host: string
  readonly port: number
  readonly protocols: readonly ListenProtocol[]
  /** Addresses and CIDRs that may send; null: everybody who reaches it. */
  readonly from: readonly string[] | null
  readonly toBatch: (messages: readonly Buffer[], lagBytes: number) => LineBatch
  /** How messages are told apart in a TCP connection. */
  readonly newFrames: () => Frames
  readonly onNotice: SourceOptions['onNotice']
}

export interface ListenerSource extends Source {
  /** The port that it listens on; null while it does not. */
  port(protocol: ListenProtocol): number | null
}

/**
 * Listens over UDP, TCP or both. What is received cannot be read again. A port that cannot be had is no reason not to start: it is tried
 * again, and status says so.
 */
export function createListenerSource({ name, host, port, protocols, from, toBatch, newFrames, onNotice }: ListenerOptions): ListenerSource {
  const notice = (message: string) => onNotice(`${name}: ${message}`)
  const ending = new AbortController()
  const strangers = new Set<string>()
  const isListed = from && listOf(from)
  const troubles = new Map<ListenProtocol, string>()
  let refused = 0
  let toldFull = false
  let delivery: Delivery | null = null
  let opening: Promise<unknown> = Promise.resolve()

  function mayReceive(address: string): boolean {
    if (isListed === null || isListed(address)) return true
    refused++
    if (strangers.size < MOST_NAMED && !strangers.has(address)) {
      strangers.add(address)
      notice(`${address} sends and is not listed in from:`)
    }
    return false
  }

  const deliver = async (messages: readonly Buffer[], waitingBytes = 0): Promise<boolean> => {
    const batch = toBatch(messages, waitingBytes)
    return batch.count === 0 || (delivery?.deliver(batch) ?? false)
  }

  const udp = new UdpListener({
    ...{ host, port, mayReceive, deliver },
    onDropped: (messages) => notice(`${messages} datagrams were dropped: they came faster than they could be read`),
  })
  const tcp = new TcpListener({
    ...{ host, port, mayReceive, deliver, newFrames },
    onFull(address) {
      refused++
      if (!toldFull) notice(`a connection from ${address} was closed: there are too many`)
      toldFull = true
    },
  })
  const listeners = { udp, tcp }

  async function open(protocol: ListenProtocol): Promise<boolean> {
    try {
      await listeners[protocol].open()
    } catch (error) {
      const why = `it cannot listen on ${protocol} port ${port}: ${reasonOf(error)}`
      if (troubles.get(protocol) !== why) notice(why)
      troubles.set(protocol, why)
      return false
    }
    if (troubles.delete(protocol)) notice(`it listens on ${protocol} port ${port} now`)
    return true
  }

  async function openAgain(protocol: ListenProtocol): Promise<void> {
    const { signal } = ending
    const backoff = new Backoff()
    do await sleep(backoff.next(), null, { signal }).catch(() => {})
    while (!signal.aborted && !(await open(protocol)))
  }

  return {
    async start(sink) {
      delivery = new Delivery(sink, notice)
      const opened = await Promise.all(protocols.map(async (protocol) => ({ protocol, isOpen: await open(protocol) })))
      opening = Promise.all(opened.filter(({ isOpen }) => !isOpen).map(({ protocol }) => openAgain(protocol)))
    },
    async stop() {
      ending.abort()
      await opening
      // What has been received is delivered, unless nobody takes it.
      delivery?.hurry()
      await Promise.all([udp.close(), tcp.close()])
      await delivery?.end()
    },
    port: (protocol) => listeners[protocol].port,
    status() {
      const { lastLineAtMs = null, trouble = null } = delivery ?? {}
      const droppedLines = udp.dropped + tcp.dropped
      const why = trouble ?? (troubles.size > 0 ? [...troubles.values()].join('; ') : null)
      return [{ name, lagBytes: udp.waitingBytes, lastLineAtMs, trouble: why, ...NOTHING_LOST, droppedLines, refused }]
    },
  }
}

/** Whether an address is in one of these networks. IPv4 over an IPv6 socket is IPv4. */
function listOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const cidr = parseCidr(network)
    if (cidr) list.addSubnet(cidr.network, cidr.bits, cidr.family)
  }
  return (address) => {
    const ip = canonicalAddress(address)
    return ip !== null && list.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4')
  }
}
