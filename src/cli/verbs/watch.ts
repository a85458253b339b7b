import { resolve } from 'node:path'
import { Option } from 'commander'
import { ENFORCE_BACKENDS, type EnforceBackend } from '../../config/types.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly config?: string
  readonly enforce?: EnforceBackend
  readonly json?: boolean
  readonly events?: boolean
  readonly state?: string
  readonly socket?: string
  readonly tz?: string
  readonly fromStart?: boolean
}

export const watch: Verb = (program) => {
  program
    .command('watch [files...]')
    .description('follow logs and ban attackers: the daemon')
    .option('--config <file>', 'configuration; without one: all filters, default jails, observe only')
    .addOption(new Option('--enforce <backend>', 'where bans are put (default: the configuration’s, else none)').choices(ENFORCE_BACKENDS))
    .option('--json', 'one JSON object a line')
    .option('--events', 'also print events that count against nobody')
    .option('--state <dir>', 'where everything that must survive a restart is kept')
    .option('--socket <path>', 'the control socket (default: sipguard.sock in the state or runtime directory)')
    .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
    .option('--from-start', 'read files that were never read before from their start, not from the newest findtime')
    .action(async (files: string[], options: Options) => run(files, options))
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const [
    { startDaemon },
    { loadConfigFor },
    { createPrinter, paletteFor },
    { reportJson, reportText },
    { defaultStateDir, daemonSocket },
    { version },
    { SipguardError },
  ] = await Promise.all([
    import('../../daemon/index.ts'),
    import('../configuration.ts'),
    import('../print.ts'),
    import('../../report.ts'),
    import('../client.ts'),
    import('../version.ts'),
    import('../../errors.ts'),
  ])
  const paths = files.map((file) => resolve(file))
  const config = loadConfigFor(options, paths)
  if (config.sources.length === 0) {
    throw new SipguardError('USAGE', 'nothing to watch: name log files, or a configuration with sources: (sipguard watch --help)')
  }
  const stateDir = resolve(options.state ?? defaultStateDir())
  const enforce = options.enforce ?? config.enforce
  const printer = createPrinter(process.stdout)
  const palette = paletteFor(process.stdout)
  const notices = paletteFor(process.stderr)
  const daemon = await startDaemon({
    config,
    reloadConfig: () => loadConfigFor(options, paths),
    enforce,
    stateDir,
    socket: options.socket ?? daemonSocket(options.state === undefined ? undefined : stateDir),
    fromStart: options.fromStart === true,
    version,
    allEvents: options.events === true,
    onReport(report) {
      if (options.json) printer.line(reportJson(report))
      else if (report.type === 'notice') console.error(reportText(report, notices))
      // A flood fills its window again and again while it is banned: nothing that a person must read.
      else if (report.type !== 'skip' || report.decision.why !== 'already-banned') printer.line(reportText(report, palette))
    },
  })
  if (!options.json) {
    const mode = enforce === 'none' ? 'observe only: nothing is banned in the firewall (--enforce nftables)' : `bans go to ${enforce}`
    console.error(`sipguard ${version} watches ${config.sources.map(({ file }) => file).join(', ')}; ${mode}`)
  }
  await untilStopped(() => daemon.reload())
  await daemon.stop()
  printer.flush()
}

/** Resolves at SIGTERM or SIGINT; SIGHUP reloads. A second signal ends the process at once, as people expect. */
function untilStopped(reload: () => Promise<void>): Promise<void> {
  return new Promise((done) => {
    process.on('SIGHUP', () => void reload())
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done())
  })
}
