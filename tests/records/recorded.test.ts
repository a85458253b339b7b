import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { phoneStore } from '../../src/daemon/phone-rules.ts'
import { createPipeline } from '../../src/pipeline.ts'
import { createCollector } from '../../src/records/collect.ts'
import { openRecords } from '../../src/records/index.ts'
import type { EventRow, RecordEntry, Records } from '../../src/records/types.ts'
import { batchOf } from '../batch.ts'
import { root } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

/** What a real OpenSIPS and a real Kamailio logged in a lab: beside the checkout, not in it. */
const folder = join(dirname(root), 'shared/logs')
const isThere = existsSync(folder)
if (!isThere) console.warn(`SKIPPED: there are no recorded logs at ${folder}`)
const names = isThere ? readdirSync(folder).filter((name) => /^[a-z-]+\.log$/.test(name) && !name.includes('json')) : []

const newDirectory = temporaryDirectories()
/** When the recorded logs are read; it gives the traditional times their year. */
const LATER = Date.UTC(2026, 10, 23)

/** One line of the log for each request that was refused, by the server's own words. */
const SAID = {
  failed_registration: /REGISTER: Failed registration logged/,
  door_knock: /Door-knock attempt logged|Scanner detected and logged/,
  flood: /PIKE: Blocked|PIKE - BLOCKing|PIKE: IP \S+ blocked|E_PIKE_BLOCKED: ip=/,
  registration: /Successful registration/,
}

describe.skipIf(!isThere)('recorded logs, replayed into records', () => {
  let records: Records
  beforeAll(async () => {
    const phones = phoneStore({ provisioned: null, geo: { country: null, asn: null } }, () => {})
    records = await openRecords({ type: 'sqlite', path: join(newDirectory(), 'records.db'), phones })
  })
  afterAll(() => records.close())

  /** Every row of a kind, over pages of the listing. */
  async function all(kind: EventRow['kind']): Promise<EventRow[]> {
    const rows: EventRow[] = []
    for (;;) {
      const after = rows.at(-1)?.cursor
      const page = await records.events({ kind, limit: 200, ...(after !== undefined && { after }) })
      if (page.length === 0) return rows
      rows.push(...page)
    }
  }

  test.each(names)('%s: as many rows as the server refused requests, and the phone that registered', async (name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)
    const collector = createCollector({ perMinute: 100_000, run: 'r1' })
    const config = { ...loadConfig(null), tz: 'UTC' }
    const pipeline = createPipeline({ config, node: name, clock: 'log', observer: { onEvent: (event) => collector.event(event) } })
    pipeline.feed(batchOf(lines, { receivedAtMs: LATER }))
    const entries = collector.drain().map(({ data }) => JSON.parse(data) as RecordEntry)
    await records.write(entries)
    // Once more: nothing is there twice.
    await records.write(entries)

    const said = (kind: keyof typeof SAID) => lines.filter((line) => SAID[kind].test(line)).length
    for (const kind of ['failed_registration', 'door_knock', 'flood'] as const) {
      const rows = (await all(kind)).filter(({ id }) => id.startsWith(`${name}:`))
      expect(rows, kind).toHaveLength(said(kind))
      expect(new Set(rows.map(({ attempts }) => attempts)).size).toBeLessThan(2)
    }
    if (name.includes('legit')) {
      expect(said('registration')).toBe(4)
      const user = /Successful registration.* (\d+)@/.exec(lines.join('\n'))?.[1] ?? ''
      expect(await records.phones({ extension: user })).toMatchObject([{ extension: user, mac: '805ec0123456' }])
    }
    await records.purge(LATER)
  })
})
