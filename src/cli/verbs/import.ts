import { withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import type { TakeOptions } from '../take-bans.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly out: string
  readonly jail?: readonly string[]
  readonly json?: true
}

export const importing: Verb = (program) => {
  const group = program.command('import').description('the configuration of others as one of sipguard')
  group
    .command('fail2ban [dir]')
    .description(
      "read Fail2Ban's jails and filters for SIP servers, prove what they find, and say what is not carried over and which can be fooled",
    )
    .requiredOption('--out <dir>', 'folder to write sipguard.yaml and filters/ to; nothing that is there is replaced')
    .option('--jail <name...>', 'also jails that are not enabled')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `\nDIR is /etc/fail2ban unless you name another.\n${examples('import fail2ban --out /tmp/imported', 'check --config /tmp/imported/sipguard.yaml')}`,
    )
    .action(run)
  withDaemonOptions(group.command('fail2ban-bans').description("ask the running daemon for every ban that stands in Fail2Ban's database"))
    .option('--database <file>', "Fail2Ban's database", '/var/lib/fail2ban/fail2ban.sqlite3')
    .option('--jail <name...>', 'also the bans of jails that are not for a SIP server')
    .option('--dry-run', 'say what would be asked for, and ask for nothing')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples('import fail2ban-bans --dry-run', 'import fail2ban-bans --jail voice'))
    .action(async (options: TakeOptions) => (await import('../take-bans.ts')).takeBans(options))
}

async function run(dir: string | undefined, { out, jail, json }: Options): Promise<void> {
  const [{ importFail2Ban, writeNew }, { importedJson, formatImported }, { SipguardError }] = await Promise.all([
    import('../../import/index.ts'),
    import('../import-screen.ts'),
    import('../../errors.ts'),
  ])
  const folder = dir ?? '/etc/fail2ban'
  const report = await importFail2Ban(folder, { jails: jail ?? [] })
  if (report.jails.length === 0) {
    throw new SipguardError(
      'SERVER_NOT_FOUND',
      `no jail of ${folder} for a SIP server is enabled; --jail NAME takes one that is not. Nothing was written`,
    )
  }
  const paths = writeNew(out, report.files)
  for (const line of json ? importedJson(report, paths) : formatImported(report, paths)) console.log(line)
}
