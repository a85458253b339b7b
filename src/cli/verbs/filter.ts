import { writeFileSync } from 'node:fs'
import type { Filter } from '../../config/types.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

interface CheckOptions {
  readonly fixtures?: string
  readonly json?: boolean
}

interface TestOptions {
  readonly fixtures?: string
  readonly junit?: string
  readonly json?: boolean
}

const NAMES = '\nA NAME is a shipped filter, or the path of a filter file.'

export const filter: Verb = (program) => {
  const group = program.command('filter').description('what a line means: list, prove and test filters')
  withListOptions(group.command('list').description('all rules of the shipped filters'))
    .addHelpText('after', examples('filter list', 'filter list --csv'))
    .action(list)
  group
    .command('check [names...]')
    .description('prove that nobody can fool a filter: no forged address, no hidden attack, linear time (exit 1 when one is refused)')
    .option('--fixtures <dir>', 'where NAME.log and NAME.*.log stand, lines that the proof must allow for (default: the shipped fixtures)')
    .option('--json', 'one JSON object a rule')
    .addHelpText('after', NAMES)
    .addHelpText('after', examples('filter check', 'filter check ./filters/mysbc.yaml'))
    .action(check)
  group
    .command('test [names...]')
    .description('classify fixture logs and compare with their # failJSON comments (exit 1 when one differs)')
    .option('--fixtures <dir>', 'where NAME.log and NAME.*.log stand (default: the shipped fixtures)')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', NAMES)
    .addHelpText('after', examples('filter test', 'filter test ./filters/mysbc.yaml --fixtures ./fixtures'))
    .action(test)
}

/** Shipped filters by name, files by path; all shipped ones without a name. */
async function load(names: readonly string[]): Promise<Filter[]> {
  const { didYouMean, loadFilterFile, loadShippedFilters } = await import('../../config/index.ts')
  const shipped = loadShippedFilters()
  if (names.length === 0) return [...shipped]
  const { SipguardError } = await import('../../errors.ts')
  return names.map((name) => {
    if (/[/.]/.test(name)) return loadFilterFile(name)
    const found = shipped.find((each) => each.name === name)
    if (found) return found
    const known = shipped.map((each) => each.name)
    throw new SipguardError(
      'FILTER_UNKNOWN',
      `no filter '${name}'${didYouMean(name, known) || `; filters are ${known.join(', ')}, or the path of a file`}`,
    )
  })
}

const COLUMNS = ['filter', 'rule', 'kind', 'reason', 'counted', 'shadow', 'verdict'] as const

async function list(options: ListOptions): Promise<void> {
  const rules = (await load([])).flatMap(({ name, rules }) =>
    rules.map(({ id, kind, reason, counted, shadow, verdict }) => ({ filter: name, rule: id, kind, reason, counted, shadow, verdict })),
  )
  await printList(rules, options, COLUMNS, async () => {
    const { formatTable } = await import('../table.ts')
    const rows = rules.map(({ filter, rule, kind, reason, counted, shadow }) => [
      ...[filter, rule, kind, reason ?? '', shadow ? 'shadow' : counted ? 'counts' : ''],
    ])
    return formatTable(['filter', 'rule', 'kind', 'reason', ''], rows)
  })
}

async function check(names: readonly string[], options: CheckOptions): Promise<void> {
  const [{ checkFilter }, filters, shipped, dir] = await Promise.all([
    import('../filter-check.ts'),
    load(names),
    load([]),
    fixturesFolder(options.fixtures),
  ])
  for (const filter of filters) {
    const { ok, text, json } = checkFilter(filter, shipped, dir)
    for (const line of options.json ? json : text) console.log(line)
    if (!ok) process.exitCode = 1
  }
}

/** Null where the package came without fixtures. @throws SipguardError USAGE for a named folder that is not there */
async function fixturesFolder(named: string | undefined): Promise<string | null> {
  const [{ SipguardError }, { packageRoot }, fs, path] = await Promise.all([
    import('../../errors.ts'),
    import('../../config/index.ts'),
    import('node:fs'),
    import('node:path'),
  ])
  const dir = path.resolve(named ?? path.join(packageRoot, 'fixtures', 'filters'))
  if (fs.existsSync(dir)) return dir
  if (named === undefined) return null
  throw new SipguardError('USAGE', `no fixtures at ${dir}; name their folder with --fixtures DIR`)
}

async function test(names: readonly string[], options: TestOptions): Promise<void> {
  const [{ testFilter }, { toJsonLine, forTerminal }, { SipguardError }, dir] = await Promise.all([
    import('../../samples/index.ts'),
    import('../../escape.ts'),
    import('../../errors.ts'),
    fixturesFolder(options.fixtures),
  ])
  if (dir === null) throw new SipguardError('USAGE', 'no fixtures came with this package; name a folder with --fixtures DIR')
  const cases = (await load(names)).flatMap((each) => testFilter(each, dir))
  const failed = cases.filter(({ faults }) => faults.length > 0)
  for (const { suite, name, faults } of options.json ? cases : failed) {
    if (options.json) console.log(toJsonLine({ filter: suite, sample: name, ok: faults.length === 0, faults }))
    else for (const fault of faults) console.log(`${forTerminal(name)}: ${forTerminal(fault)}`)
  }
  if (options.junit !== undefined) {
    const { toJunit } = await import('../../samples/junit.ts')
    try {
      writeFileSync(options.junit, toJunit(cases))
    } catch (cause) {
      throw new SipguardError('OUTPUT_FAILED', `cannot write ${options.junit}: ${(cause as Error).message}`, { cause })
    }
  }
  if (!options.json) console.log(`${cases.length - failed.length} passed, ${failed.length} failed`)
  if (failed.length > 0) process.exitCode = 1
}
