import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { check } from '../../src/cli/verbs/check.ts'
import { classify } from '../../src/cli/verbs/classify.ts'
import { filter } from '../../src/cli/verbs/filter.ts'
import { replay } from '../../src/cli/verbs/replay.ts'
import { watch as watchVerb } from '../../src/cli/verbs/watch.ts'
import { loadShippedFilters, packageRoot } from '../../src/config/index.ts'
import { eventually, watch } from '../daemon/watching.ts'
import { objects, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { runVerbs } from './run-verbs.ts'

const newDirectory = temporaryDirectories()
let dir: string
beforeEach(() => {
  dir = newDirectory()
})

const run = (...argv: string[]) => runVerbs([filter, check, classify, replay, watchVerb], ...argv)

/** A filter file of OpenSIPS lines; `rules` in YAML, from column 1 on. */
function write(name: string, rules: string): string {
  const path = join(dir, `${name}.yaml`)
  writeFileSync(path, `name: ${name}\nprefix: opensips\n${rules}\n`)
  return path
}

const GOOD = `rules:
  - id: failed
    kind: failed_auth
    failregex: '^Mine: <ADDR> failed as <F-USER>.*</F-USER>$'`
const FORGED = `rules:
  - id: failed
    kind: failed_auth
    failregex: '^Mine: failed as <F-USER>.*</F-USER> from <ADDR> with <F-UA>.*</F-UA>$'`
const FORGED_FINDING =
  "failed: reads '203.0.113.5' (bytes 45 to 56) in a line of its own, where the server wrote '198.51.100.7' (bytes 22 to 34) (field userAgent): 'Mine: failed as  from 198.51.100.7 with from 203.0.113.5 with '"

describe('filter check', () => {
  test('shipped filters are proved, and those that need a run-time verdict are named', async () => {
    const { out, exitStatus } = await run('filter', 'check')
    expect(exitStatus).toBe(0)
    for (const { name, rules } of loadShippedFilters()) {
      const runtime = rules.filter(({ verdict }) => verdict === 'runtime')
      expect(out).toMatch(
        new RegExp(`^${name}: ${rules.length - runtime.length} rules proved, ${runtime.length} runtime, 0 refused, \\d+\\.\\d s$`, 'm'),
      )
      for (const { id } of runtime) {
        expect(out).toMatch(
          new RegExp(`^  ${id}: verdict: runtime \\(\\d+ findings?: each of its lines is read in every way, and bans nobody`, 'm'),
        )
      }
    }
    expect(out).toContain('1 line form of kamailio can be made by a caller: refuted, so recognised and not counted (forgeable)')
    expect(out).toContain('3 line forms of asterisk can be made by a caller')
    expect(out).not.toMatch(/line forms? of (?:opensips|freeswitch)/)
  })

  test('a filter that can be fooled is refused, with the place and the line that shows it', async () => {
    const path = write('mine', FORGED)
    const { out, exitStatus } = await run('filter', 'check', path)
    expect(exitStatus).toBe(1)
    const [summary, ...findings] = out.trimEnd().split('\n')
    expect(summary).toMatch(/^mine: 0 rules proved, 0 runtime, 1 refused, \d+\.\d s$/)
    expect(findings).toEqual([`  ${path}:6:16: ${FORGED_FINDING}`])
  })

  test("a user's filter is proved against the shipped lines of its prefix", async () => {
    const path = write('mine', `rules:\n  - id: any\n    kind: failed_auth\n    failregex: '^REGISTER: .* from <ADDR>$'`)
    const { out, exitStatus } = await run('filter', 'check', path)
    expect(exitStatus).toBe(1)
    expect(out).toContain(" in a line of rule failed-registration of filter opensips, where the server wrote '198.51.100.7'")
    // Most shapes of the server show the same: three of them are enough.
    expect(out.match(/any: reads /g)).toHaveLength(3)
    expect(out).toMatch(new RegExp(`^  ${path}:6:16: any: and \\d+ more like these$`, 'm'))
  })

  test('a copy of a shipped filter may stand in its place', async () => {
    const copy = join(dir, 'opensips.yaml')
    copyFileSync(join(packageRoot, 'filters/opensips.yaml'), copy)
    expect(await run('filter', 'check', copy)).toMatchObject({ exitStatus: 0 })
  })

  test('what is wrong with an ignoreregex and with an echo shape stands at their own places', async () => {
    const path = write(
      'mine',
      `${GOOD}\n    ignoreregex: '^Mine: <ADDR> failed as friendly$'\necho:\n  - '^fine$'\n  - '^never [^\\s\\S]$'`,
    )
    const { out, exitStatus } = await run('filter', 'check', path)
    expect(exitStatus).toBe(1)
    expect(out.split('\n')[0]).toMatch(/^mine: 0 rules proved, 0 runtime, 1 refused, 1 echo shape at fault, /)
    expect(out).toContain(`\n  ${path}:10:5: echo shape ^never [^\\s\\S]$: no line can be like this\n`)
    expect(out).toContain(
      `\n  ${path}:7:18: failed: the ignoreregex depends on text that anybody may write (field user): it ignores 'Mine: 198.51.100.7 failed as friendly' and not 'Mine: 198.51.100.7 failed as '\n`,
    )
  })

  test('a rule that says so runs with the run-time verdict; one that need not is told so', async () => {
    const path = write('mine', FORGED.replace('kind:', 'verdict: runtime\n    kind:'))
    expect(await run('filter', 'check', path)).toMatchObject({
      exitStatus: 0,
      out: expect.stringContaining(
        '\n  failed: verdict: runtime (1 finding: each of its lines is read in every way, and bans nobody where they differ)\n',
      ),
    })
    write('mine', GOOD.replace('kind:', 'verdict: runtime\n    kind:'))
    expect((await run('filter', 'check', path)).out).toContain('\n  failed: verdict: runtime (it can be proved: these words can go)\n')
  })

  test('--json is one object a rule, and one for each echo shape at fault', async () => {
    const { out, exitStatus } = await run('filter', 'check', '--json', write('mine', `${FORGED}\necho: ['^never [^\\s\\S]$']`))
    expect(exitStatus).toBe(1)
    const [rule, echo, ...more] = objects(out)
    expect(rule).toEqual({
      filter: 'mine',
      rule: 'failed',
      verdict: 'refused',
      findings: [
        {
          kind: 'injection',
          rule: 'failed',
          against: 'its own',
          witness: {
            text: 'Mine: failed as  from 198.51.100.7 with from 203.0.113.5 with ',
            rule: { start: 45, end: 56 },
            shape: { start: 22, end: 34 },
            field: 'userAgent',
          },
          place: join(dir, 'mine.yaml:6:16'),
          message: FORGED_FINDING,
        },
      ],
    })
    expect(echo).toMatchObject({
      filter: 'mine',
      rule: 'echo shape ^never [^\\s\\S]$',
      verdict: 'refused',
      findings: [{ kind: 'vacuous' }],
    })
    expect(more).toEqual([])
  })

  test('guarantees that rule out a line which the server printed are refused', async () => {
    const path = write('mine', `${GOOD}\n    guarantees: { user: { alphabet: '[0-9]', source: 'a guess' } }`)
    const fixtures = join(dir, 'fixtures')
    mkdirSync(fixtures)
    const sample = (user: string) =>
      `# failJSON: { "match": true, "host": "192.0.2.7", "rule": "failed" }\nJan 15 10:30:45 sbc1 opensips[1]: NOTICE:Mine: 192.0.2.7 failed as ${user}\n`
    writeFileSync(join(fixtures, 'mine.log'), sample('1001') + sample('alice'))
    const { out, exitStatus } = await run('filter', 'check', path, '--fixtures', fixtures)
    expect(exitStatus).toBe(1)
    expect(out).toContain(`failed: the guarantees rule out the sample at ${join(fixtures, 'mine.log')}:4, which the server printed`)
    writeFileSync(join(fixtures, 'mine.log'), sample('1001').replace('Mine', 'Yours'))
    expect((await run('filter', 'check', path, '--fixtures', fixtures)).out).toContain(
      `failed: the sample at ${join(fixtures, 'mine.log')}:2 is not matched`,
    )
  })

  test('a folder of fixtures that is not there is an error', async () => {
    expect(await run('filter', 'check', '--fixtures', join(dir, 'none'))).toMatchObject({
      exitStatus: 2,
      err: `no fixtures at ${join(dir, 'none')}; name their folder with --fixtures DIR`,
    })
  })

  test('on a terminal it says which rule it is at', async () => {
    const path = write('mine', GOOD)
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const wasTTY = process.stderr.isTTY
    process.stderr.isTTY = true
    await run('filter', 'check', path)
    process.stderr.isTTY = wasTTY
    const shown = written.mock.calls.map(([text]) => text)
    written.mockRestore()
    expect(shown).toEqual(['\r\x1b[Kproving mine: rule 1 of 1, failed', '\r\x1b[K'])
  })
})

describe("a configuration's own filters", () => {
  let config: string
  let path: string
  let log: string
  beforeEach(() => {
    path = write('mine', FORGED)
    config = join(dir, 'sipguard.yaml')
    writeFileSync(config, 'sources: [{file: sip.log}]\nfilters: [mine.yaml]\n')
    log = join(dir, 'sip.log')
    writeFileSync(log, 'Jan 15 10:30:45 sbc1 opensips[1]: NOTICE:Mine: failed as 1001 from 192.0.2.7 with x\n')
  })
  const REFUSED = () =>
    `${path}:6:16: ${FORGED_FINDING}\na filter must be proved before it is used (docs/filters.md); --allow-unproven uses it all the same`
  const WARNING =
    'sipguard: not proved, used all the same (--allow-unproven): mine/failed; attackers may have the innocent banned, or hide\n'

  test.each([
    ['check', []],
    ['classify', ['sip.log']],
    ['replay', ['sip.log']],
    ['watch', []],
  ])('%s refuses one that can be fooled, with the line that shows it', async (verb, files) => {
    const outcome = await run(verb, ...files.map((file) => join(dir, file)), '--config', config)
    expect(outcome).toMatchObject({ exitStatus: 2, err: REFUSED(), error: { code: 'CONFIG_INVALID' } })
  })

  test('are used when they are proved', async () => {
    write('mine', GOOD)
    expect(await run('check', '--config', config, '--json')).toMatchObject({ exitStatus: 0, err: '' })
  })

  test('that replace a shipped filter are proved against it all the same', async () => {
    write('opensips', `rules:\n  - id: any\n    kind: failed_auth\n    failregex: '^REQUEST: .* from <ADDR> .*$'`)
    writeFileSync(config, 'filters: [opensips.yaml]\n')
    const { err, exitStatus } = await run('check', '--config', config)
    expect(exitStatus).toBe(2)
    expect(err).toContain('in a line of rule request of filter opensips')
  })

  test('--allow-unproven uses them, and says so', async () => {
    const checked = await run('check', '--config', config, '--allow-unproven', '--json')
    expect(checked).toMatchObject({ exitStatus: 0, err: WARNING })
    expect(objects(checked.out)).toMatchObject([{ config, unproven: ['mine/failed'] }])
    const classified = await sipguard(['classify', log, '--config', config, '--allow-unproven', '--tz', 'UTC'])
    expect(classified).toMatchObject({ status: 0, err: WARNING })
    expect(objects(classified.out)).toMatchObject([{ filter: 'mine', rule: 'failed', user: '1001' }])
    const replayed = await sipguard(['replay', log, '--config', config, '--allow-unproven', '--json', '--tz', 'UTC'])
    expect(replayed).toMatchObject({ status: 0, err: WARNING })
    expect(objects(replayed.out).at(-1)).toMatchObject({ type: 'summary', events: { failed_auth: 1 } })
  })

  test('a daemon that runs unproven ones says so in its status, until they are mended', async () => {
    const state = join(dir, 'state')
    const daemon = await watch(['--config', config, '--allow-unproven'], { state })
    expect(daemon.complaints()).toContain(WARNING)
    expect((await daemon.status()).unproven).toEqual(['mine/failed'])
    const shown = await sipguard(['status', '--state', state])
    expect(shown.out).toContain('\n\nin force without a proof (--allow-unproven): mine/failed\n\n')
    write('mine', GOOD)
    daemon.child.kill('SIGHUP')
    await eventually(async () => expect((await daemon.status()).unproven).toEqual([]))
  })

  test('a reload that brings an unproven one is refused, and the old ones stay', async () => {
    write('mine', GOOD)
    const daemon = await watch(['--config', config], { state: join(dir, 'state') })
    write('mine', FORGED)
    daemon.child.kill('SIGHUP')
    await eventually(async () =>
      expect((await daemon.status()).degraded).toMatchObject([
        { what: `the configuration was not reloaded, the old one stays: ${REFUSED()}`, remedy: 'mend it and reload again' },
      ]),
    )
    expect((await daemon.status()).unproven).toEqual([])
  })
})
