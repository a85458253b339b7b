import { forTerminal } from '../../escape.ts'
import type { ShadowRow } from '../../shadow/report.ts'
import { configOrDefault, DEFAULT_CONFIG } from '../default-config.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const COLUMNS: readonly (keyof ShadowRow)[] = [
  ...(['verdict', 'ip', 'at', 'fail2ban_jail', 'fail2ban_at', 'fail2ban_until', 'fail2ban_found'] as const),
  ...(['sipguard_jail', 'sipguard_at', 'sipguard_until', 'sipguard_covers', 'sipguard_earlier_seconds'] as const),
  ...(['locked_out', 'below_threshold', 'reason'] as const),
]

interface Options extends ListOptions {
  readonly fail2banLog: string
  readonly jail: readonly string[]
  readonly config?: string
  readonly since?: string
  readonly tz?: string
  readonly allowUnproven?: boolean
}

export const shadow: Verb = (program) => {
  withListOptions(
    program
      .command('shadow [files...]')
      .summary('whom Fail2Ban bans and sipguard would not, or the reverse')
      .description('compare what sipguard would have banned with what Fail2Ban banned: who, when, and why they differ; enforces nothing')
      .option('--fail2ban-log <file>', 'Fail2Ban’s log, with its rotated parts', '/var/log/fail2ban.log')
      .option('--jail <name>', 'a jail of Fail2Ban to compare; may be given several times (default: those named for SIP)', collect, [])
      .option('--config <file>', `configuration; its sources where no file is named (default: ${DEFAULT_CONFIG} where it is there)`)
      .option('--since <when>', 'only since then: 24h (ago), 7d, 2026-01-15T10:30:45Z')
      .option('--tz <zone>', 'time zone of times without one (default: the machine’s)')
      .option('--allow-unproven', 'use own filters even if they can be fooled')
      .addHelpText(
        'after',
        examples(
          'shadow --since 24h',
          'shadow /var/log/asterisk/messages.1 /var/log/asterisk/messages',
          'shadow --jail asterisk --csv > differences.csv',
        ),
      ),
    'one object a line, the last one the summary',
  ).action(async (files: string[], options: Options) => run(files, options))
}

const collect = (value: string, before: readonly string[]) => [...before, value]

async function run(files: readonly string[], options: Options): Promise<void> {
  const [{ loadProvenConfig }, { sinceArgument }, { readFail2BanLog, serverLogs }, { jailsOf }, { runShadow }, { createProgress }] =
    await Promise.all([
      import('../configuration.ts'),
      import('../../api/arguments.ts'),
      import('../shadow-logs.ts'),
      import('../../shadow/jails.ts'),
      import('../shadow-run.ts'),
      import('../progress.ts'),
    ])
  const sinceMs = options.since === undefined ? Number.NEGATIVE_INFINITY : sinceArgument(options.since, Date.now())
  const { config } = await loadProvenConfig({ ...options, ...configOrDefault(options.config) })
  // Phones are known by what they did before.
  const logs = await serverLogs(files, config, sinceMs - config.trust.phoneMs)
  const log = await readFail2BanLog(options.fail2banLog, config.tz)
  const { jails, leftOut } = jailsOf(log, options.jail)
  for (const { jail, bans } of leftOut)
    console.error(forTerminal(`Fail2Ban's jail ${jail} is not compared (bans: ${bans}); choose it by --jail`))
  const progress = createProgress(process.stderr, logs.length)
  const { rows, summary } = await runShadow({ config, log, jails, logs, sinceMs, onProgress: progress.show }).finally(progress.clear)
  if (options.csv) await printList(rows.map(forCsv), options, COLUMNS, () => '')
  else
    await printList([...rows.map((row) => ({ type: 'compared', ...row })), { type: 'summary', ...summary }], options, [], async () =>
      (await import('../shadow-screen.ts')).formatShadow(rows, summary),
    )
}

const forCsv = (row: ShadowRow) => ({ ...row, locked_out: row.locked_out.join(' ') })
