import { once } from 'node:events'
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { HttpConfig } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { accessBy } from './access.ts'
import type { Tokens } from './tokens.ts'

/** sun_path without its final zero, bytes (unix(7)). */
const PATH_LIMIT = 107
/** How long a request in flight may still take when we stop. */
const GRACE_MS = 1000

/**
 * Serves on a unix socket of mode 0660: whoever may write to it administers the daemon. `open` is called when somebody connects for the
 * first time, so that a daemon nobody asks does not hold the API in memory; where it rejects, who has connected is hung up on, and the next
 * one has it called again. Makes the socket's directory (0750) where there is none. A socket that a dead daemon left is replaced; one that
 * is answered on, or a file that is no socket, is never touched. Returns what ends it: no further request is taken, those in flight may
 * end, the socket is removed.
 * @throws SipguardError STATE_LOCKED, STATE_UNUSABLE
 */
export async function listenUnix(open: () => Promise<FastifyInstance>, path: string): Promise<() => Promise<void>> {
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
  let app: Promise<FastifyInstance> | null = null
  const clients = new Set<Socket>()
  const door = createServer({ pauseOnConnect: true }, (client) => {
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
  try {
    await mkdir(dirname(socket), { recursive: true, mode: 0o750 })
    await removeStale(socket)
    await listenUnreadable(door, socket)
    await chmod(socket, 0o660)
  } catch (error) {
    door.close()
    if (error instanceof SipguardError) throw error
    throw new SipguardError('STATE_UNUSABLE', `cannot listen on ${socket}: ${(error as Error).message}`, { cause: error })
  }
  return async () => {
    const force = setTimeout(() => {
      for (const client of clients) client.destroy()
    }, GRACE_MS)
    const closed = new Promise((done) => door.close(done))
    await (await app)?.close()
    await closed
    clearTimeout(force)
  }
}

async function ready(open: () => Promise<FastifyInstance>): Promise<FastifyInstance> {
  const app = await open()
  await app.ready()
  return app
}

/**
 * Serves on a loopback address; every request needs a token. The app must not listen anywhere else. Returns what ends it, as listenUnix does.
 * @throws SipguardError STATE_UNUSABLE when the address cannot be had
 */
export async function listenTcp(app: FastifyInstance, { host, port }: HttpConfig, tokens: Tokens): Promise<() => Promise<void>> {
  app.addHook('onRequest', accessBy(tokens))
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    const why = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'it is in use' : (error as Error).message
    throw new SipguardError('STATE_UNUSABLE', `cannot listen on ${host} port ${port} (http.listen): ${why}`, { cause: error })
  }
  return () => end(app)
}

async function end(app: FastifyInstance): Promise<void> {
  const force = setTimeout(() => app.server.closeAllConnections(), GRACE_MS)
  await app.close()
  clearTimeout(force)
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
