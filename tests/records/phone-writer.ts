import { parentPort, workerData } from 'node:worker_threads'
import type { RegistrationEntry } from '../../src/records/types.ts'
import { openPhones, type Place } from './phone-places.ts'

/** One of several that write to the same database at once: each batch is one transaction. */
const { place, batches } = workerData as { place: Place; batches: readonly (readonly RegistrationEntry[])[] }
const records = await openPhones(place)
for (const batch of batches) await records.write(batch)
await records.close()
parentPort?.postMessage('done')
