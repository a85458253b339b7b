import { resolve } from 'node:path'
import { Option } from 'commander'
import type { Control } from '../../api/control.ts'
import { ENFORCE_BACKENDS, type EnforceBackend } from '../../config/types.ts'
import { forTerminal } from '../../escape.ts'
import { oneOf } from '../choices.ts'
import { loadConfigApart } from '../configuration-apart.ts'
import { examples } from '../examples.ts'
import { createServiceManager } from '../service-manager.ts'
import { startSmall } from '../small-start.ts'
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
  readonly allowUnproven?: boolean
  readonly yes?: boolean
  readonly insecure?: boolean
}

export const watch: Verb = (program) => {
  program
    .command('watch [files...]')
    .description('follow logs and ban attackers: the daemon')
    .option('--config <file>', 'configuration; without one: all filters, default jails, observe only')
    .addOption(oneOf(new Option('--enforce <backend>', 'where bans are put (default: the configuration’s, else none)'), ENFORCE_BACKENDS))
    .option('--json', 'one JSON object a line')
    .option('--events', 'also print every classified line, not only those that count')
    .option('--state <dir>', 'where everything that must survive a restart is kept')
    .option('--socket <path>', 'the control socket (default: sipguard.sock in the state or runtime directory)')
    .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
    .option('--from-start', 'read files that were never read before from their start, not from the newest findtime')
    .option('--allow-unproven', 'use own filters even if they can be fooled; sipguard status keeps saying so')
    .option('--insecure', 'serve http.listen to the network without TLS: tokens can be read on the way')
    .option('--yes', 'do not ask before the first --enforce')
    .addHelpText(
      'after',
      examples(
        'watch /var/log/kamailio.log',
        "watch '/var/log/asterisk/*.log' --tz Europe/Berlin --json",
        'watch --config /etc/sipguard/sipguard.yaml --enforce nftables',
      ),
    )
    .action(async (files: string[], options: Options) => run(files, options))
}

async function run(files: readonly string[], options: Options): Promise<void> {
  const asUsual = startSmall()
  const signals = catchSignals()
  const reading = loadConfigApart(options, files)
  reading.catch(() => {}) // it is awaited below
  const [
    { startDaemon },
    { createPrinter, paletteFor, whenOutputFails },
    { isWorthReading, reportJson, reportPieces, reportText },
    { defaultStateDir, daemonSocket },
    { version },
    { SipguardError },
    { nameOf },
    { configVersion },
  ] = await Promise.all([
    import('../../daemon/index.ts'),
    import('../print.ts'),
    import('../../report.ts'),
    import('../client.ts'),
    import('../version.ts'),
    import('../../errors.ts'),
    import('../../sources/index.ts'),
    import('../../explain/config-version.ts'),
  ])
  let loaded = await reading
  const { config } = loaded
  if (config.sources.length === 0) {
    throw new SipguardError('USAGE', 'nothing to watch: name log files, or a configuration with sources: (sipguard watch --help)')
  }
  const stateDir = resolve(options.state ?? defaultStateDir())
  const enforce = options.enforce ?? config.enforce
  const printer = createPrinter(process.stdout, {
    mostWaiting: MOST_WAITING,
    onLeftOut: (lines) => console.error(`sipguard: ${lines} lines were not printed: whoever reads them was too slow`),
  })
  const palette = paletteFor(process.stdout)
  const notices = paletteFor(process.stderr)
  let silenced = false
  whenOutputFails(process.stdout, (error) => {
    // A full disk under our output stops no ban.
    if (!silenced) console.error(`sipguard: what is printed is lost: ${error.message}`)
    silenced = true
  })
  const daemon = await startDaemon({
    config,
    async reloadConfig() {
      loaded = await loadConfigApart(options, files)
      return loaded.config
    },
    unproven: () => loaded.unproven,
    enforce,
    stateDir,
    socket: options.socket ?? daemonSocket(options.state === undefined ? undefined : stateDir),
    fromStart: options.fromStart === true,
    version,
    allEvents: options.events === true,
    // Whoever starts a service is not there to answer.
    ...(process.stdin.isTTY &&
      process.stderr.isTTY &&
      options.yes !== true && {
        confirmFirst: async (cuts) => (await import('../first-enforce.ts')).confirmFirst(cuts, enforce, signals.stop),
      }),
    onReport(report) {
      if (options.json) printer.line(reportJson(report))
      else if (report.type === 'notice') console.error(reportText(report, notices))
      else if (isWorthReading(report)) printer.line(reportPieces(report, palette))
    },
  })
  if (!options.json) {
    const mode = enforce === 'none' ? 'observe only: nothing is banned in the firewall (--enforce nftables)' : `bans go to ${enforce}`
    const sources = config.sources.map((source) => forTerminal(nameOf(source))).join(', ')
    console.error(`sipguard ${version} watches ${sources}; ${mode}; configuration ${configVersion(config)}`)
  }
  asUsual()
  const systemd = createServiceManager(process.env)
  const summary = () => summaryOf(daemon.control)
  systemd.ready(summary())
  const stopKeepingAlive = systemd.keepAlive(summary)
  signals.onReload(async () => {
    systemd.reloading()
    await daemon.reload()
    systemd.ready(summary())
  })
  await signals.stop
  systemd.stopping()
  stopKeepingAlive()
  await daemon.stop()
  printer.flush()
}

/** What `systemctl status` shows. */
function summaryOf(control: Control): string {
  const { degraded, enforcement, totals } = control.status()
  const state = degraded.length === 0 ? 'healthy' : `degraded (${degraded.length}): ${degraded[0]!.what}`
  return `${state}; ${enforcement.active} bans in force, ${totals.lines} lines read`
}

/** Bytes printed that nobody has read yet. */
const MOST_WAITING = 16 * 1024 * 1024

/** Ctrl-C reaches everyone on the terminal, and who hands it on sends it once more: that is not yet a second one. */
const SAME_SIGNAL_MS = 1000

/**
 * From the first moment on: `stop` resolves at SIGTERM or SIGINT, and another one a second later ends the process at once, as people
 * expect. SIGHUP reloads; one that comes before there is anything to reload is done then.
 */
function catchSignals() {
  const running = Promise.withResolvers<() => Promise<void>>()
  process.on('SIGHUP', () => void running.promise.then((reload) => reload()))
  const stop = new Promise<void>((done) => {
    const onSignal = () => {
      done()
      setTimeout(() => process.off('SIGTERM', onSignal).off('SIGINT', onSignal), SAME_SIGNAL_MS).unref()
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  })
  return { stop, onReload: running.resolve }
}
