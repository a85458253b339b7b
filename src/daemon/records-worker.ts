import { parentPort, workerData } from 'node:worker_threads'
import { SipguardError } from '../errors.ts'
import { openRecords } from '../records/index.ts'
import type { Records } from '../records/types.ts'
import { blamesEntry } from './entry-refused.ts'
import { phoneStore } from './phone-rules.ts'
import type { RecordsAnswer, RecordsCall, RecordsPlace } from './remote-records.ts'

/** The thread that `openRemoteRecords` starts: opens the database at the first call, and answers each call when it is done. */

const port = parentPort!
const place = workerData as RecordsPlace
const answer = (message: RecordsAnswer) => port.postMessage(message)
const phones = phoneStore(place, (notice) => answer({ notice }))

let opening: Promise<Records> | null = null
const running = new Set<Promise<void>>()

function opened(): Promise<Records> {
  opening ??= openRecords({ ...place.database, phones }).catch((error: unknown) => {
    // The next call tries again.
    opening = null
    throw error
  })
  return opening
}

async function close(): Promise<void> {
  await Promise.all(running)
  await (await opening)?.close()
}

async function perform({ id, method, args }: RecordsCall): Promise<void> {
  let refused = false
  try {
    if (method === 'close') return answer({ id, value: await close() })
    const records = await opened()
    const asked = records[method] as (...args: readonly unknown[]) => Promise<unknown>
    const value = await asked(...args).catch((error: unknown) => {
      refused = method === 'write' && blamesEntry(error)
      throw error
    })
    answer({ id, value })
  } catch (error) {
    const code = error instanceof SipguardError ? error.code : null
    const message = error instanceof Error ? error.message : String(error)
    answer({ id, error: { code, message, refused } })
  }
}

port.on('message', (call: RecordsCall) => {
  const work = perform(call)
  if (call.method === 'close') return
  running.add(work)
  void work.finally(() => running.delete(work))
})
