import type { Verb } from '../verb.ts'

interface Options {
  readonly config?: string
  readonly json?: boolean
  readonly found?: boolean
  readonly tz?: string
}

export const replay: Verb = (program) => {
  program
    .command('replay <files...>')
    .description('what would have happened: the same pipeline over old logs (.gz too), by their own time; enforces nothing')
    .option('--config <file>', 'configuration; without one: all filters, default jails')
    .option('--json', 'one JSON object a line, the last one the summary')
    .option('--found', 'also print every line that counts')
    .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
    .action(async (files: string[], options: Options) => run(files, options))
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const [
    { createPipeline },
    { loadConfigFor },
    { readLines },
    { reportJson, reportText },
    { createPrinter, paletteFor },
    { createProgress },
    { createSummary },
  ] = await Promise.all([
    import('../../pipeline.ts'),
    import('../configuration.ts'),
    import('../../sources/index.ts'),
    import('../../report.ts'),
    import('../print.ts'),
    import('../progress.ts'),
    import('../replay-summary.ts'),
  ])
  const config = loadConfigFor(options)
  const printer = createPrinter(process.stdout)
  const palette = paletteFor(process.stdout)
  const progress = createProgress(process.stderr, files.length)
  const summary = createSummary()
  const print = options.json ? reportJson : (report: Parameters<typeof reportJson>[0]) => reportText(report, palette)
  const pipeline = createPipeline({
    config,
    node: 'replay',
    clock: 'log',
    observer: {
      onBatch: (_batch, { lines }) => summary.lines(lines),
      onEvent(event) {
        summary.event(event)
        if (options.found && event.counted) printer.line(print({ type: 'found', event }))
      },
      onDecision(decision) {
        summary.decision(decision)
        if (decision.type === 'ban') printer.line(print({ type: 'ban', ban: decision.ban, atMs: decision.ban.fromMs }))
        else if (options.json) printer.line(print({ type: 'skip', decision, atMs: decision.detection.atMs }))
      },
    },
  })
  for (const [index, file] of files.entries()) {
    for await (const batch of readLines(file, { filter: null, onProgress: (read, total) => progress.show(index, file, read, total) })) {
      pipeline.feed(batch)
      pipeline.drain()
    }
  }
  progress.clear()
  printer.line(options.json ? summary.json() : summary.text())
  printer.flush()
}
