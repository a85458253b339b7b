import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly all?: boolean
  readonly allowUnproven?: boolean
  readonly config?: string
  readonly tz?: string
}

export const classify: Verb = (program) => {
  program
    .command('classify [file]')
    .summary('say what each line of a log is')
    .description('say what each line is, one JSON object a line (- or no file: standard input)')
    .option('--all', 'also print lines that no rule knows, as {"line":N,"kind":null}')
    .option('--config <file>', 'use the filters of this configuration')
    .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
    .option('--allow-unproven', 'use own filters even if they can be fooled')
    .addHelpText('after', examples('classify /var/log/kamailio.log', 'classify --all /var/log/asterisk/messages.log'))
    .action(async (file: string | undefined, options: Options) => run(file ?? '-', options))
}

async function run(file: string, options: Options): Promise<void> {
  const [
    { createClassifier, createJoiner, distrust },
    { loadProvenConfig },
    { readLines },
    { eventJson },
    { toJsonLine },
    { createPrinter },
  ] = await Promise.all([
    import('../../classify/index.ts'),
    import('../configuration.ts'),
    import('../../sources/index.ts'),
    import('../../report.ts'),
    import('../../escape.ts'),
    import('../print.ts'),
  ])
  const { config } = await loadProvenConfig(options)
  const classifier = createClassifier(config)
  const joiner = createJoiner()
  const printer = createPrinter(process.stdout)
  let line = 0
  for await (const batch of readLines(file, { filter: null })) {
    for (let i = 0; i < batch.count; i++) {
      line++
      const whole = joiner.join(batch, i)
      const event = whole && classifier.classify(whole.bytes, whole.start, whole.end, null, batch.receivedAtMs, batch.receivedAtMs)
      if (event && whole.doubtful) distrust(event)
      if (event !== null) printer.line(toJsonLine({ line, ...eventJson(event) }))
      else if (options.all) printer.line(toJsonLine({ line, kind: null }))
    }
    await printer.taken()
  }
  printer.flush()
}
