import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Cluster, type Redis } from 'ioredis'

export type Client = Redis | Cluster

/** No single call is waited for longer: a slow Redis answers within it, a dead one is given up. */
export const CALL_MS = 3000

export class NoAnswer extends Error {}

/** The answer, or NoAnswer when there is none in time; what the call may still do is not undone. */
export async function within<T>(call: Promise<T>, ms = CALL_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer from Redis within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for the connection, as long as for a call, or until it is given up. @throws what kept it from being made */
export async function ready(client: Client, givenUp?: AbortSignal): Promise<void> {
  if (client.status === 'ready') return
  if (client.status === 'end') throw new Error('the connection was closed')
  if (client.status === 'wait') client.connect().catch(() => {})
  const waiting = new AbortController()
  const give = () => waiting.abort()
  client.once('end', give)
  givenUp?.addEventListener('abort', give)
  try {
    await within(once(client, 'ready', { signal: waiting.signal }))
  } finally {
    client.off('end', give)
    give()
  }
}

/**
 * A connection of its own to the same place, for calls that block for up to `blockMs`. It does not reconnect: after an error, and at the
 * end, call `disconnect`.
 */
export function openReader(client: Client, blockMs: number): Client {
  const patient = { commandTimeout: blockMs + CALL_MS, socketTimeout: blockMs + CALL_MS, blockingTimeout: 0 }
  const reader =
    client instanceof Cluster
      ? client.duplicate([], { clusterRetryStrategy: () => null, clusterNodeRetryStrategy: () => null, redisOptions: patient })
      : client.duplicate({ ...patient, retryStrategy: () => null })
  reader.on('error', () => {}) // the call fails, and says why
  return reader
}

/** A script that its servers remember by its hash. */
export class Script {
  readonly #text: string
  readonly #hash: string

  constructor(text: string) {
    this.#text = text
    this.#hash = createHash('sha1').update(text).digest('hex')
  }

  async run(client: Client, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await within(client.evalsha(this.#hash, keys.length, ...keys, ...args))
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return within(client.eval(this.#text, keys.length, ...keys, ...args))
    }
  }
}
