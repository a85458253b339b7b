import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createSource } from '../../src/sources/index.ts'
import { NOTHING_LOST } from '../../src/sources/source.ts'
import { until } from './recorder.ts'

const directory = mkdtempSync(join(tmpdir(), 'sipguard-sources-'))
afterAll(() => rmSync(directory, { recursive: true }))

test('createSource makes the source that its type names, with the filter pinned to it', async () => {
  const file = join(directory, 'sip.log')
  writeFileSync(file, 'a\nb\n')
  const source = createSource(
    { type: 'file', file, filter: 'kamailio' },
    { fromStart: true, resume: () => undefined, now: () => 1_768_473_045_000, onNotice: () => {} },
  )
  let lines = 0
  await source.start((batch) => {
    expect(batch).toMatchObject({ source: file, filter: 'kamailio', receivedAtMs: 1_768_473_045_000, cut: 0 })
    lines += batch.count
  })
  await until(() => lines === 2)
  await source.stop()
  expect(source.status()).toEqual([{ name: file, lagBytes: 0, lastLineAtMs: 1_768_473_045_000, trouble: null, ...NOTHING_LOST }])
})
