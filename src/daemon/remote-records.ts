import type { Worker, WorkerOptions } from 'node:worker_threads'
import type { Config } from '../config/types.ts'
import { type ErrorCode, SipguardError } from '../errors.ts'
import { startThread } from '../packaged.ts'
import type { Records } from '../records/types.ts'
import { EntryRefused } from './entry-refused.ts'

export interface RecordsPlace {
  readonly database: { readonly type: 'sqlite'; readonly path: string } | { readonly type: 'postgres'; readonly url: string }
  /** What phones are judged by. */
  readonly provisioned: Config['provisioned']
  readonly geo: Config['geo']
}

export interface RemoteRecordsOptions extends RecordsPlace {
  /** Told what a person should know of the files of `provisioned` and `geo`. */
  readonly onNotice: (message: string) => void
}

/** What goes to the worker, and what comes back. */
export interface RecordsCall {
  readonly id: number
  readonly method: keyof Records
  readonly args: readonly unknown[]
}
export type RecordsAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: ErrorCode | null; readonly message: string; readonly refused: boolean } }
  | { readonly notice: string }

/** A worker that has not answered for so long is ended; the database's own limits are shorter. Removing many old rows takes its time. */
const LIMIT_MS = 90_000
const PURGE_LIMIT_MS = 15 * 60_000
const CLOSE_LIMIT_MS = 5000
/** A worker that has died is started again by the next call, at the earliest so long after it was started. */
const RESTART_MS = 1000

type StartWorker = (options: WorkerOptions) => Worker
const startOwn: StartWorker = (options) => startThread('daemon/records-worker', options)

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
  readonly limit: NodeJS.Timeout
}

interface Running {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
}

export interface RemoteRecords extends Records {
  /** Calls from now on go to this place, by these lists; those under way are answered first by the old one. */
  reconfigure(place: RecordsPlace): void
}

/**
 * The records, in a thread of their own: SQLite waits for the disk in the thread that calls it. Nothing is opened before the first call, and
 * an open that fails is tried again by the next one, so that neither fails the start. A worker that dies rejects what it had not answered
 * with RECORDS_UNAVAILABLE, and is started again. `write` rejects with EntryRefused where the database works and blames an entry.
 */
export function openRemoteRecords({ onNotice, ...options }: RemoteRecordsOptions, startWorker: StartWorker = startOwn): RemoteRecords {
  let place: RecordsPlace = options
  let running: Running | null = null
  let startedMs = Number.NEGATIVE_INFINITY
  let lastId = 0
  let closed = false

  function start(): Running {
    if (closed) throw away('they are closed')
    if (performance.now() - startedMs < RESTART_MS) throw away('their worker has just ended, and is started again in a moment')
    startedMs = performance.now()
    const worker = startWorker({ workerData: place })
    const started: Running = { worker, pending: new Map() }
    let why = 'their worker has ended'
    worker.on('message', (answer: RecordsAnswer) => {
      if ('notice' in answer) onNotice(answer.notice)
      else settle(started.pending, answer)
    })
    worker.on('error', (error: unknown) => {
      why = `their worker has failed: ${error instanceof Error ? error.message : String(error)}`
    })
    worker.on('exit', () => {
      if (running === started) running = null
      for (const { reject, limit } of started.pending.values()) {
        clearTimeout(limit)
        reject(away(why))
      }
      started.pending.clear()
    })
    return started
  }

  function ask({ worker, pending }: Running, method: keyof Records, args: readonly unknown[], limitMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call: RecordsCall = { id: ++lastId, method, args }
      worker.postMessage(call)
      pending.set(call.id, { resolve, reject, limit: setTimeout(() => void worker.terminate(), limitMs) })
    })
  }

  async function call(method: keyof Records, ...args: readonly unknown[]): Promise<never> {
    running ??= start()
    return (await ask(running, method, args, method === 'purge' ? PURGE_LIMIT_MS : LIMIT_MS)) as never
  }

  /** No call comes to it any more; it answers those under way, closes its database and ends. */
  async function retire(): Promise<void> {
    const retired = running
    running = null
    if (retired === null) return
    await ask(retired, 'close', [], CLOSE_LIMIT_MS).catch(() => {}) // ended by the limit: what was committed is committed
    await retired.worker.terminate()
  }

  return {
    write: (entries) => call('write', entries),
    events: (query) => call('events', query),
    users: (query) => call('users', query),
    locations: (of) => call('locations', of),
    bans: (query) => call('bans', query),
    phones: (query) => call('phones', query),
    phoneHistory: (phoneIds) => call('phoneHistory', phoneIds),
    movePhone: (mac, extension, atMs) => call('movePhone', mac, extension, atMs),
    prunePhones: (which) => call('prunePhones', which),
    purge: (beforeMs) => call('purge', beforeMs),
    reconfigure(next) {
      place = next
      void retire()
      // This one did not die.
      startedMs = Number.NEGATIVE_INFINITY
    },
    close() {
      closed = true
      return retire()
    },
  }
}

function settle(pending: Map<number, Pending>, answer: Exclude<RecordsAnswer, { readonly notice: string }>): void {
  const asked = pending.get(answer.id)
  if (asked === undefined) return
  pending.delete(answer.id)
  clearTimeout(asked.limit)
  if ('value' in answer) {
    asked.resolve(answer.value)
    return
  }
  const { code, message, refused } = answer.error
  if (refused) asked.reject(new EntryRefused(message))
  else asked.reject(code === null ? new Error(message) : new SipguardError(code, message))
}

function away(why: string): SipguardError {
  return new SipguardError('RECORDS_UNAVAILABLE', `cannot use the records: ${why}`)
}
