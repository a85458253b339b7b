import type { Report } from '../../report.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly config?: string
  readonly json?: boolean
  readonly found?: boolean
  readonly tz?: string
  readonly allowUnproven?: boolean
}

export const replay: Verb = (program) => {
  program
    .command('replay <files...>')
    .description('what would have happened: the same pipeline over old logs (.gz too), by their own time; enforces nothing')
    .option('--config <file>', 'configuration; without one: all filters, default jails')
    .option('--json', 'one JSON object a line, the last one the summary')
    .option('--found', 'also print every line that counts')
    .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
    .option('--allow-unproven', 'use own filters even if they can be fooled')
    .action(async (files: string[], options: Options) => run(files, options))
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const [
    { createPipeline },
    { loadProvenConfig },
    { readLines },
    { isWorthReading, reportJson, reportText, skipReports },
    { createPrinter, paletteFor },
    { createProgress },
    { createSummary },
    { mergeByTime },
  ] = await Promise.all([
    import('../../pipeline.ts'),
    import('../configuration.ts'),
    import('../../sources/index.ts'),
    import('../../report.ts'),
    import('../print.ts'),
    import('../progress.ts'),
    import('../replay-summary.ts'),
    import('../merge-by-time.ts'),
  ])
  const { config } = await loadProvenConfig(options)
  const printer = createPrinter(process.stdout)
  const palette = paletteFor(process.stdout)
  const progress = createProgress(process.stderr, files.length)
  const summary = createSummary()
  const print = (report: Report) => {
    if (options.json) printer.line(reportJson(report))
    else if (isWorthReading(report)) printer.line(reportText(report, palette))
  }
  const pipeline = createPipeline({
    config,
    node: 'replay',
    clock: 'log',
    observer: {
      onBatch: ({ count }) => summary.lines(count),
      onEvent(event) {
        summary.event(event)
        if (options.found && event.counted) print({ type: 'found', event })
      },
      onDecision(decision) {
        summary.decision(decision)
        if (decision.type === 'ban') print({ type: 'ban', ban: decision.ban, atMs: decision.ban.fromMs })
        else for (const report of skipReports(decision)) print(report)
      },
    },
  })
  pipeline.trust.setSelf(config.self)
  pipeline.trust.setIgnored(await addressesOf(config.ignoreip))
  const logs = files.map((file, index) =>
    readLines(file, { filter: null, onProgress: (read, total) => progress.show(index, file, read, total) }),
  )
  const [only] = logs
  const lines =
    logs.length === 1 && only
      ? only
      : mergeByTime(logs, ({ bytes, spans, receivedAtMs }, line) =>
          pipeline.timeOf(bytes, spans[2 * line] as number, spans[2 * line + 1] as number, receivedAtMs),
        )
  try {
    for await (const batch of lines) {
      pipeline.feed(batch)
      pipeline.expire(pipeline.nowMs)
    }
  } finally {
    progress.clear()
    printer.flush()
  }
  printer.line(options.json ? summary.json() : summary.text())
  printer.flush()
}

/** `ignoreip:` with its DNS names as they resolve today; what does not resolve is said, and protects nobody. */
async function addressesOf(ignoreip: readonly string[]): Promise<string[]> {
  const [{ resolveName }, { canonicalAddress, parseCidr }, { forTerminal }] = await Promise.all([
    import('../../daemon/ignored-names.ts'),
    import('../../address.ts'),
    import('../../escape.ts'),
  ])
  const resolved = ignoreip.map(async (entry) => {
    if (parseCidr(entry) !== null) return [entry]
    try {
      return (await resolveName(entry)).map(canonicalAddress).filter((ip) => ip !== null)
    } catch (error) {
      console.error(forTerminal(`ignoreip: ${entry} cannot be resolved (${(error as NodeJS.ErrnoException).code})`))
      return []
    }
  })
  return (await Promise.all(resolved)).flat()
}
