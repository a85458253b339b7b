import type { EventEmitter } from 'node:events'
import { constants, readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Kept free for the state, sockets, children and what the program loads late. */
const RESERVED = 128

let limit: number | null = null
let taken = 0

/**
 * Opens a file for reading, to be followed. Logs never take the last descriptors of the process: without them the rest of it could not go
 * on. Does not wait for the writer of a FIFO.
 * @throws system errors; EMFILE while too many are open
 */
export async function openLog(path: string): Promise<FileHandle> {
  limit ??= mostOpenFiles() - RESERVED
  if (taken >= limit) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
  taken++
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    // An EventEmitter by its documentation, not by its types.
    const events = handle as unknown as EventEmitter
    events.once('close', () => {
      taken--
    })
    return handle
  } catch (error) {
    taken--
    throw error
  }
}

/** Of this process, as Linux says it (proc_pid_limits(5)); elsewhere the system itself has to refuse. */
function mostOpenFiles(): number {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
