import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '../config/types.ts'
import { type Collector, createCollector } from '../records/collect.ts'
import type { Records, Suspicion } from '../records/types.ts'
import type { State } from '../state/state.ts'
import type { Degraded } from './degraded.ts'
import { createRecordWriter } from './record-writer.ts'
import { openRemoteRecords, type RecordsPlace } from './remote-records.ts'

type RecordsConfig = Pick<Config, 'records' | 'provisioned' | 'geo'>

export interface RecordingOptions {
  readonly config: RecordsConfig
  readonly state: State
  readonly stateDir: string
  readonly degraded: Degraded
  readonly now: () => number
  readonly onNotice: (message: string) => void
  readonly onSuspicions: (suspicions: readonly Suspicion[]) => void
}

/** All that recording is made of: what is noted, its way through the state's outbox, and the database. */
export interface Recording {
  readonly collector: Collector
  readonly records: Records
  /** What was collected so far is in the outbox. */
  committed(): void
  /** So many records did not come into the outbox. */
  lost(records: number): void
  /** Why the database cannot be written just now; null: it can. */
  readonly trouble: string | null
  /** Another database, and whether anything is recorded at all, is for the next start. */
  reconfigure(config: RecordsConfig): void
  stop(): Promise<void>
}

/** Null where nothing is to be recorded. Nothing here fails the start: what cannot be opened is tried again, and said. */
export function createRecording({ config, state, stateDir, degraded, now, onNotice, onSuspicions }: RecordingOptions): Recording | null {
  const first = config.records
  if (first.type === 'off') return null
  const database: RecordsPlace['database'] =
    first.type === 'postgres' ? { type: 'postgres', url: first.url } : { type: 'sqlite', path: join(stateDir, 'records.db') }
  const placeOf = ({ provisioned }: RecordsConfig): RecordsPlace => ({ database, provisioned, geo: config.geo })
  let { keepMs } = first

  const collector = createCollector({ perMinute: first.perMinute, run: randomUUID() })
  const records = openRemoteRecords({ ...placeOf(config), onNotice })
  const writer = createRecordWriter({ state, records, keepMs: () => keepMs, degraded, now, onSuspicions })
  // Something may have waited since the last run.
  writer.wake()

  return {
    collector,
    records,
    committed: () => writer.wake(),
    lost: (rows) => writer.lost(rows),
    get trouble() {
      return writer.trouble
    },
    reconfigure(fresh) {
      if (fresh.records.type !== 'off') {
        keepMs = fresh.records.keepMs
        collector.reconfigure({ perMinute: fresh.records.perMinute })
      }
      // Also where the configuration is the same: the lists it names may not be.
      records.reconfigure(placeOf(fresh))
    },
    async stop() {
      await writer.stop()
      await records.close()
    },
  }
}
