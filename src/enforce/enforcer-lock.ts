import { createServer, type Server } from 'node:net'
import { SipguardError } from '../errors.ts'

/** Held by the one process that enforces in a network namespace. */
export const LOCK_NAME = 'sipguard-enforce'

/**
 * Binds an abstract unix socket: it belongs to the network namespace, as the firewall does, and vanishes with its process however that
 * ends. Known limit: any local user may bind the name first and so keep us from starting; `ss -xlp` shows who.
 * @throws SipguardError ENFORCE_LOCKED
 */
export function takeLock(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? locked(name, error) : error)
    })
    server.listen(`\0${name}`, () => resolve(server.unref()))
  })
}

function locked(name: string, cause: Error): SipguardError {
  return new SipguardError(
    'ENFORCE_LOCKED',
    `another sipguard already enforces in this network namespace: it holds the abstract socket @${name}. ` +
      `Stop it (ss -xlp shows its process), or run this one with --enforce none`,
    { cause },
  )
}

export function releaseLock(lock: Server): Promise<void> {
  return new Promise((resolve) => lock.close(() => resolve()))
}
