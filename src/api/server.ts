import { once } from 'node:events'
import { chmod, lstat, readFile, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import type { SecureContextOptions, Server as SecureServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { HttpConfig } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import type { TcpDoor } from './app.ts'

/** sun_path without its final zero, bytes (unix(7)). */
const PATH_LIMIT = 107
/** A client that has not agreed on a key by then is cut off. */
const HANDSHAKE_TIMEOUT_MS = 10_000
/** How long a request in flight may still take when we stop. */
const GRACE_MS = 1000

/** Makes the API, when it is needed. */
type Opener = () => Promise<FastifyInstance>

/**
 * Serves on a unix socket of mode 0660: whoever may write to it administers the daemon. Makes the socket's directory (0750) where there is
 * none. A socket that a dead daemon left is replaced; one that is answered on, or a file that is no socket, is never touched. `open` and what
 * is returned: see `serve`. @throws SipguardError STATE_LOCKED, STATE_UNUSABLE
 */
export async function listenUnix(open: Opener, path: string): Promise<() => Promise<void>> {
  // A zero byte in front would make an abstract socket, which anybody may use.
  if (path === '' || path.includes('\0'))
    throw new SipguardError('STATE_UNUSABLE', 'expected the path of a socket, got an empty one or one with a zero byte')
  const socket = resolve(path)
  if (Buffer.byteLength(socket) > PATH_LIMIT) {
    throw new SipguardError(
      'STATE_UNUSABLE',
      `expected a socket path of at most ${PATH_LIMIT} bytes, got ${socket}; choose a shorter directory`,
    )
  }
  const door = createServer({ pauseOnConnect: true })
  const close = serve(door, 'connection', open)
  try {
    makeFolder(dirname(socket), 0o750)
    await removeStale(socket)
    await listenUnreadable(door, socket)
    await chmod(socket, 0o660)
  } catch (error) {
    door.close()
    if (error instanceof SipguardError) throw error
    throw new SipguardError('STATE_UNUSABLE', `cannot listen on ${socket}: ${(error as Error).message}`, { cause: error })
  }
  return close
}

/** What listens on an address and port. */
export interface TcpListener {
  close(): Promise<void>
  /**
   * Reads the certificate anew: who connects from now on is shown it. Where it cannot be had the one before stays.
   * @throws SipguardError CONFIG_UNREADABLE, CONFIG_INVALID
   */
  renew(): Promise<void>
}

/**
 * Serves on an address and port, over TLS where the configuration has a certificate. `open`, and `close` of what is returned: see `serve`.
 * @throws SipguardError STATE_UNUSABLE when the address cannot be had, CONFIG_UNREADABLE, CONFIG_INVALID for the certificate and its key
 */
export async function listenTcp(open: (tcp: TcpDoor) => Promise<FastifyInstance>, http: HttpConfig): Promise<TcpListener> {
  const { host, port, tls, hosts } = http
  const secure = tls === null ? null : await secureDoor(tls)
  const door = secure ?? createServer({ pauseOnConnect: true })
  const tcp = { hosts: [host, ...hosts], secure: tls !== null }
  const close = serve(door, secure === null ? 'connection' : 'secureConnection', () => open(tcp))
  try {
    await once(door.listen({ host, port }), 'listening')
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'it is in use' : (error as Error).message
    throw new SipguardError('STATE_UNUSABLE', `cannot listen on ${host} port ${port} (http.listen): ${why}`, { cause: error })
  }
  return {
    close,
    async renew() {
      if (tls !== null) secure?.setSecureContext(await credentialsOf(tls))
    },
  }
}

async function secureDoor(tls: NonNullable<HttpConfig['tls']>): Promise<SecureServer> {
  const { createServer: createSecureServer } = await import('node:tls')
  return createSecureServer({ ...(await credentialsOf(tls)), handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
}

/** A certificate and its key that fit together. */
async function credentialsOf({ cert, key }: NonNullable<HttpConfig['tls']>): Promise<SecureContextOptions> {
  const [certFile, keyFile] = await Promise.all([cert, key].map((path) => readFile(path))).catch((error: Error) => {
    throw new SipguardError('CONFIG_UNREADABLE', `cannot read what http.tls names: ${error.message}`, { cause: error })
  })
  const { createSecureContext } = await import('node:tls')
  const credentials = { cert: certFile, key: keyFile, minVersion: 'TLSv1.2' } as const
  try {
    createSecureContext(credentials)
    return credentials
  } catch (error) {
    const message = `http.tls: expected a certificate and its key, in PEM and without a passphrase, in ${cert} and ${key}: ${(error as Error).message}`
    throw new SipguardError('CONFIG_INVALID', message, { cause: error })
  }
}

/**
 * Hands whoever comes to the door to the API. `open` is called when somebody connects for the first time, so that a daemon nobody asks does
 * not hold the API in memory; where it rejects, who has connected is hung up on, and the next one has it called again. Returns what ends it:
 * no further request is taken, those in flight may end, a unix socket is removed.
 */
function serve(door: Server, event: 'connection' | 'secureConnection', open: Opener): () => Promise<void> {
  let app: Promise<FastifyInstance> | null = null
  const clients = new Set<Socket>()
  door.on(event, (client: Socket) => {
    clients.add(client)
    client.on('close', () => clients.delete(client)).on('error', () => {}) // it left before it was served
    app ??= ready(open)
    app.then(
      ({ server }) => {
        server.emit('connection', client)
        client.resume()
      },
      () => {
        app = null
        client.destroy()
      },
    )
  })
  return async () => {
    const force = setTimeout(() => {
      for (const client of clients) client.destroy()
    }, GRACE_MS)
    const closed = new Promise((done) => door.close(done))
    const opened = await app?.catch(() => null)
    await opened?.close()
    opened?.server.close()
    await closed
    clearTimeout(force)
  }
}

async function ready(open: Opener): Promise<FastifyInstance> {
  const app = await open()
  await app.ready()
  // Node begins to look for requests that take too long when a server listens, which this one never does: its clients come from the door.
  app.server.emit('listening')
  return app
}

/** The socket must not be open to all between its creation and chmod. Others' files made meanwhile only lose what `other` may do. */
async function listenUnreadable(door: Server, path: string): Promise<void> {
  const before = process.umask()
  process.umask(before | 0o007)
  try {
    await once(door.listen(path), 'listening')
  } finally {
    process.umask(before)
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null) return
  if (!found.isSocket()) throw new SipguardError('STATE_UNUSABLE', `${path} is there and is not a socket`)
  if (await isAnswered(path)) throw new SipguardError('STATE_LOCKED', `another sipguard daemon answers on ${path}`)
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done, fail) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      done(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') done(false)
      else fail(error)
    })
  })
}
