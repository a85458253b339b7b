import type { Report } from '../../report.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly config?: string
  readonly json?: boolean
  readonly found?: boolean
  readonly tz?: string
  readonly set: readonly string[]
  readonly allowUnproven?: boolean
}

export const replay: Verb = (program) => {
  program
    .command('replay <files...>')
    .summary('what would have happened: judge old logs')
    .description('what would have happened: the same pipeline over old logs (.gz too), or over a bundle of why --export, by their own time')
    .option('--config <file>', 'configuration; without one: all filters, default jails')
    .option('--json', 'one JSON object a line, the last one the summary')
    .option('--found', 'also print every line that counts')
    .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
    .option('--set <settings>', 'compare with other settings: sip-auth.maxretry=3,trust.phone=1d; may be given several times', collect, [])
    .option('--allow-unproven', 'use own filters even if they can be fooled')
    .addHelpText(
      'after',
      examples(
        'replay /var/log/kamailio.log',
        'replay /var/log/syslog.2.gz /var/log/syslog.1 /var/log/syslog',
        'replay /var/log/syslog --set sip-auth.maxretry=3',
      ),
    )
    .action(async (files: string[], options: Options) => run(files, options))
}

const collect = (value: string, before: readonly string[]) => [...before, value]

async function run(files: readonly string[], options: Options): Promise<void> {
  const [
    { createPipeline },
    { loadProvenConfig },
    { preparedLook },
    { readLines },
    { decisionReport, isWorthReading, reportJson, reportText },
    { createPrinter, paletteFor },
    { createProgress },
    { createSummary },
    { mergeByTime },
    { comparisonJson, comparisonText, presentJson },
    { takeLists },
    { jailOf, readBundle, recall },
  ] = await Promise.all([
    import('../../pipeline.ts'),
    import('../configuration.ts'),
    import('../../config/prepared.ts'),
    import('../../sources/replay-file.ts'),
    import('../../report.ts'),
    import('../print.ts'),
    import('../progress.ts'),
    import('../replay-summary.ts'),
    import('../merge-by-time.ts'),
    import('../what-if-report.ts'),
    import('../take-lists.ts'),
    import('../bundle.ts'),
  ])
  const bundle = files.length === 1 ? readBundle(files[0]!) : null
  const loaded = await loadProvenConfig(bundle ? { config: bundle.config, ...options } : options)
  const config = bundle ? jailOf(bundle, loaded.config) : loaded.config
  const progress = createProgress(process.stderr, files.length)
  // Both may be one terminal: no line is printed behind the bar.
  const printer = createPrinter(process.stdout, { onWriting: progress.clear })
  const palette = paletteFor(process.stdout)
  const summary = createSummary()
  const whatIf = options.set.length === 0 ? null : (await import('../what-if.ts')).createWhatIf(config, options.set, summary)
  const print = (report: Report) => {
    if (options.json) printer.line(reportJson(report))
    else if (isWorthReading(report)) printer.line(reportText(report, palette))
  }
  const pipeline = createPipeline({
    config,
    node: 'replay',
    preparedLook,
    bareAddressless: true,
    clock: 'log',
    observer: {
      onBatch: ({ count }) => summary.lines(count),
      onEvent(event) {
        summary.event(event)
        whatIf?.event(event, pipeline.nowMs)
        if (options.found && event.counted) print({ type: 'found', event })
      },
      onDecision(decision) {
        summary.decision(decision)
        print(decisionReport(decision))
      },
    },
  })
  await takeLists([{ judge: pipeline.judge, config }, ...(whatIf?.judges ?? [])])
  if (bundle) recall(bundle, pipeline.judge)
  const logs = (bundle ? [bundle.lines] : files).map((file, index) =>
    readLines(file, { filter: bundle?.filter ?? null, onProgress: (read, total) => progress.show(index, file, read, total) }),
  )
  const lines = mergeByTime(logs, ({ bytes, spans, receivedAtMs }, line) =>
    pipeline.timeOf(bytes, spans[2 * line] as number, spans[2 * line + 1] as number, receivedAtMs),
  )
  try {
    for await (const batch of lines) {
      pipeline.feed(bundle ? { ...batch, receivedAtMs: bundle.receivedAtMs } : batch)
      pipeline.judge.expire(pipeline.nowMs)
      whatIf?.expire(pipeline.nowMs)
      await printer.taken()
    }
  } finally {
    progress.clear()
    printer.flush()
  }
  const comparison = whatIf?.compare()
  if (options.json) {
    for (const line of comparison ? comparisonJson(comparison) : []) printer.line(line)
    printer.line(summary.json(comparison && presentJson(comparison)))
  } else {
    printer.line(summary.text())
    if (comparison) printer.line(`\n${comparisonText(comparison)}`)
  }
  printer.flush()
}
