import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonicalAddress } from '../../src/address.ts'
import { createClassifier } from '../../src/classify/index.ts'
import { proveOwnFilters } from '../../src/cli/filter-proof.ts'
import { isShipped, loadConfig } from '../../src/config/index.ts'
import { fail2banRegex } from '../../src/import/fooled.ts'
import { importFail2Ban, writeNew } from '../../src/import/index.ts'
import { needs } from '../require.ts'
import { root } from '../sipguard.ts'
import { folder } from './folder.ts'

interface Labelled {
  readonly server: string
  readonly line: string
  readonly expect: { readonly ip: string | null; readonly attack: boolean }
}

const corpora = join(dirname(root), 'shared/corpora')
const own = join(root, 'fixtures/import/lines.jsonl')
const files = [
  own,
  ...['asterisk', 'freeswitch', 'adversarial'].map((name) => join(corpora, `${name}.jsonl`)).filter((path) => existsSync(path)),
]
if (files.length === 1) console.warn(`SKIPPED: there are no labelled lines at ${corpora}`)
const labelled = files
  .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as Labelled)
  .filter(({ line }) => !line.includes('\n'))

/** Debian's own files, with these two jails enabled. */
function debian(): string {
  const dir = join(folder(), 'fail2ban')
  cpSync('/etc/fail2ban', dir, { recursive: true })
  rmSync(join(dir, 'jail.d'), { recursive: true })
  writeFileSync(join(dir, 'jail.local'), '[asterisk]\nenabled = true\n[freeswitch]\nenabled = true\nmode = extra\n')
  return dir
}

describe.skipIf(needs('fail2ban-regex'))("Debian's own filters, by the real fail2ban-regex", { timeout: 120_000 }, async () => {
  const dir = debian()
  const report = await importFail2Ban(dir)
  const out = folder()
  writeNew(out, report.files)
  const config = loadConfig(join(out, 'sipguard.yaml'))
  const { classify } = createClassifier({ filters: config.filters, tz: 'UTC' })
  /** Against whom a line counts in the imported jails. */
  const ours = (line: string) => {
    const bytes = Buffer.from(line)
    const event = classify(bytes, 0, bytes.length, null, Date.UTC(2026, 0, 15), 0)
    return event?.counted && event.filter.startsWith('fail2ban-') ? event.ip : null
  }

  test('are carried over whole, by rules that are proved', () => {
    expect(
      proveOwnFilters(
        config.filters.filter((filter) => !isShipped(filter)),
        false,
      ),
    ).toEqual([])
    for (const { rules } of report.jails)
      for (const rule of rules)
        expect(
          rule.rules.map(({ as }) => as),
          rule.failregex.text,
        ).toContain('shipped')
    // Asterisk prints no such line without `Host` (chan_iax2.c).
    expect(report.jails.flatMap(({ rules }) => rules.flatMap(({ leftOut }) => leftOut))).toEqual([
      '<ADDR> failed MD5 authentication.*: a word boundary is outside the pattern language, and no shipped rule knows such lines',
    ])
    expect(report.jails.map(({ rules }) => rules.length)).toEqual([8, 2])
  })

  test.each([
    ['asterisk', 'asterisk'],
    ['freeswitch', 'freeswitch[mode=extra]'],
  ])('of %s: each line is judged alike, or theirs is fooled, or overlooks who did it', async (server, spec) => {
    const rows = labelled.filter((row) => row.server === server)
    const found = (await fail2banRegex(dir)(
      spec,
      rows.map(({ line }) => line),
    )) as (string | null)[]
    const tally = { alike: 0, fooled: 0, overlooked: 0 }
    for (const [i, { line, expect: truth }] of rows.entries()) {
      const theirs = found[i] === null ? null : canonicalAddress(found[i] as string)
      const guilty = truth.attack ? truth.ip : null
      const mine = ours(line)
      if (mine === theirs) tally.alike++
      else if (theirs !== null && theirs !== guilty) {
        // It names somebody who did nothing; ours names nobody, or who did it.
        expect([guilty, null], line).toContain(mine)
        tally.fooled++
      } else {
        expect({ line, theirs, mine }).toEqual({ line, theirs: null, mine: guilty })
        tally.overlooked++
      }
    }
    expect(tally.alike).toBeGreaterThan(rows.length / 2)
    expect(tally.fooled).toBeGreaterThan(0)
  })

  test('are fooled by the lines that the report shows, and ours is not', async () => {
    const shown = report.jails.flatMap(({ filter, rules }) =>
      rules.flatMap(({ fooled }) => (fooled === null ? [] : [{ filter, ...fooled }])),
    )
    expect(shown.map(({ filter }) => filter)).toEqual([...Array(4).fill('asterisk[mode=normal]'), 'freeswitch[mode=extra]'])
    for (const [filter, entries] of Map.groupBy(shown, ({ filter }) => filter)) {
      expect(
        await fail2banRegex(dir)(
          filter,
          entries.map(({ line }) => line),
        ),
      ).toEqual(entries.map(({ reports }) => reports))
    }
    for (const { line, reports, by } of shown) {
      expect(by).toBe('fail2ban-regex')
      expect(ours(line)).not.toBe(reports)
    }
  })
})
