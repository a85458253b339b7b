import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis } from 'ioredis'
import { SipguardError } from '../errors.ts'
import { CALL_MS, type Client, ready } from './calls.ts'

const KEEPALIVE_MS = 10_000
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000
const PORT = 6379

export interface Connection {
  /** Makes the connection at once, and again whenever it is lost. What is asked while there is none fails at once. */
  readonly client: Client
  /** `redis://sbc@192.0.2.1:6379/2`: where it leads, without the password. */
  readonly place: string
  /** Waits for it. @throws SipguardError STORE_UNREACHABLE when there is none within 5 s */
  ready(): Promise<void>
  close(): void
}

/**
 * A connection to Redis or Valkey. One URL is a server, more are a Cluster's, any of its nodes: `redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]`
 * (percent-encoded), `rediss://` for TLS, which trusts the authorities that Node knows and those in the file NODE_EXTRA_CA_CERTS names.
 * @throws SipguardError CONFIG_INVALID. No message holds a password.
 */
export function connect(urls: readonly string[]): Connection {
  const servers = urls.map(serverOf)
  const [first] = servers
  if (first === undefined) throw new SipguardError('CONFIG_INVALID', 'expected the URL of a Redis server, got none')
  const place = servers.map((server) => server.place).join(',')
  let lastError: string | null = null
  // Calls fail, and say why; without a listener ioredis prints it.
  const onError = (error: Error) => {
    // A Cluster's own error only says that all its nodes failed.
    const { lastNodeError } = error as { lastNodeError?: Error }
    lastError = (lastNodeError ?? error).message
  }
  const client: Client = servers.length === 1 ? new Redis({ ...first.options, ...TO_ONE }) : clusterOf(servers)
  client.on('error', onError)
  return {
    client,
    place,
    async ready() {
      try {
        await ready(client)
      } catch (error) {
        // An error of ioredis holds the command it is about, which may be the one with the password: it is no cause.
        throw new SipguardError('STORE_UNREACHABLE', `cannot reach ${place}: ${lastError || (error as Error).message}`)
      }
    },
    close: () => client.disconnect(),
  }
}

const backoff = (times: number) => Math.min(FIRST_RETRY_MS * 2 ** Math.min(times, 10), LONGEST_RETRY_MS) * (0.75 + Math.random() / 4)

const ALWAYS = {
  connectTimeout: CALL_MS,
  commandTimeout: CALL_MS,
  socketTimeout: CALL_MS,
  keepAlive: KEEPALIVE_MS,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // A master that has become a replica: its name leads to the new master, or will.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
}

const TO_ONE = { ...ALWAYS, enableOfflineQueue: false, retryStrategy: backoff }

interface Server {
  readonly place: string
  readonly options: {
    readonly host: string
    readonly port: number
    readonly db: number
    readonly username?: string
    readonly password?: string
    readonly tls?: ConnectionOptions
  }
}

function clusterOf(servers: readonly Server[]): Cluster {
  const { username, password, tls, db } = servers[0]!.options
  if (db !== 0) throw new SipguardError('CONFIG_INVALID', `a Redis Cluster has no numbered databases, got /${db}`)
  return new Cluster(
    servers.map(({ options: { host, port } }) => ({ host, port })),
    {
      enableOfflineQueue: false,
      clusterRetryStrategy: backoff,
      clusterNodeRetryStrategy: backoff,
      redisOptions: { ...ALWAYS, ...(username && { username }), ...(password && { password }), ...(tls && { tls }) },
      // The names of the nodes are what their certificates are made out for.
      ...(tls && { dnsLookup: (name: string, found: (error: null, address: string) => void) => found(null, name) }),
    },
  )
}

function serverOf(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : null
  const db = url === null ? null : /^\/?(\d{0,5})$/.exec(url.pathname)?.[1]
  const isWhole = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== '' && url.search === '' && url.hash === ''
  const [username, password] = [plain(url?.username), plain(url?.password)]
  if (!isWhole || db == null || username === null || password === null) {
    throw new SipguardError(
      'CONFIG_INVALID',
      `expected redis://[USER[:PASSWORD]@]HOST[:PORT][/DB] or rediss://…, got ${text.replace(/^.*@/s, '…@')}`,
    )
  }
  const port = Number(url.port || PORT)
  return {
    place: `${url.protocol}//${url.username && `${url.username}@`}${url.hostname}:${port}${db && `/${db}`}`,
    options: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port,
      db: Number(db || 0),
      ...(username && { username }),
      ...(password && { password }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
    },
  }
}

/** Null where it is not percent-encoded as it should be. */
function plain(text = ''): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
