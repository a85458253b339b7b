import type { Command } from 'commander'
import type { AllowJson } from '../../api/wire.ts'
import { createClient, type DaemonOptions, defaultStateDir, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

interface JsonOption {
  readonly json?: true
}
interface AddOptions extends DaemonOptions, JsonOption {
  readonly for?: string
  readonly comment?: string
}

export const allow: Verb = (program) => {
  const group = program.command('allow').description('the addresses that are never banned')
  addList(group)
  addAdd(group)
  addRemove(group)
  addCheck(group)
}

const COLUMNS: readonly (keyof AllowJson)[] = ['cidr', 'until', 'added', 'comment']

function addList(group: Command): void {
  withListOptions(withDaemonOptions(group.command('list').description('list them')))
    .addHelpText('after', examples('allow list'))
    .action(async (options: DaemonOptions & ListOptions) => {
      const entries = await createClient(options).call<AllowJson[]>('GET', '/api/allow')
      await printList(entries, options, COLUMNS, () => (entries.length === 0 ? 'the allow list is empty' : format(entries)))
    })
}

async function format(entries: readonly AllowJson[]): Promise<string> {
  const [{ formatTable, whole }, { formatSpan }, { stamp }] = await Promise.all([
    import('../table.ts'),
    import('../span.ts'),
    import('../../report.ts'),
  ])
  return formatTable(
    [whole('address'), whole('added'), 'remaining', 'comment'],
    entries.map((entry) => [
      entry.cidr,
      stamp(Date.parse(entry.added)),
      formatSpan(entry.until === null ? null : Date.parse(entry.until) - Date.now()),
      entry.comment ?? '',
    ]),
  )
}

function addAdd(group: Command): void {
  withDaemonOptions(group.command('add').description('allow addresses or CIDRs; their bans are lifted'))
    .argument('<ip...>', 'addresses or CIDRs')
    .option('--for <duration>', 'how long: 1h, 7d, -1 for ever (default)')
    .option('--comment <text>', 'why')
    .option('--json', 'one object a line')
    .addHelpText('after', examples("allow add 198.51.100.0/24 --comment 'branch office'", 'allow add 203.0.113.9 --for 7d'))
    .action(async (texts: string[], options: AddOptions) => {
      const { cidrArgument, durationArgument } = await import('../../api/arguments.ts')
      const { forEachAddress } = await import('../addresses.ts')
      const { toJsonLine } = await import('../../escape.ts')
      const cidrs = texts.map(cidrArgument)
      if (options.for !== undefined) durationArgument(options.for)
      const client = createClient(options)
      await forEachAddress(cidrs, async (cidr) => {
        const entry = await client.call<AllowJson>('POST', '/api/allow', { cidr, for: options.for, comment: options.comment })
        console.log(options.json ? toJsonLine(entry) : `allowed ${entry.cidr}${entry.until === null ? '' : ` for ${options.for}`}`)
      })
    })
}

function addRemove(group: Command): void {
  withDaemonOptions(group.command('rm').description('take addresses or CIDRs off the list'))
    .argument('<ip...>', 'as they stand in the list')
    .option('--json', 'one object a line')
    .addHelpText('after', examples('allow rm 198.51.100.0/24'))
    .action(async (texts: string[], options: DaemonOptions & JsonOption) => {
      const [{ cidrArgument }, { forEachAddress }, { toJsonLine }] = await Promise.all([
        import('../../api/arguments.ts'),
        import('../addresses.ts'),
        import('../../escape.ts'),
      ])
      const cidrs = texts.map(cidrArgument)
      const client = createClient(options)
      await forEachAddress(cidrs, async (cidr) => {
        const answer = await client.call<object>('DELETE', `/api/allow/${encodeURIComponent(cidr)}`)
        console.log(options.json ? toJsonLine(answer) : `removed ${cidr}`)
      })
    })
}

/** Fail2Ban's ignorecommand runs this for each address: it reads the disk, not the daemon, and prints nothing. */
function addCheck(group: Command): void {
  group
    .command('check')
    .description('exit 0 if the address is allowed, 1 if not; works without a daemon')
    .argument('<ip>', 'address')
    .option('--state <dir>', "the daemon's state directory")
    .option('--json', 'print the entry that allows it')
    .addHelpText('after', examples('allow check 198.51.100.9 && echo allowed'))
    .action(async (text: string, options: { state?: string } & JsonOption) => {
      const [{ addressArgument }, { findAllowed }, { readAllowList }] = await Promise.all([
        import('../../api/arguments.ts'),
        import('../../api/lookup.ts'),
        import('../../state/index.ts'),
      ])
      const ip = addressArgument(text)
      const entry = findAllowed(await readAllowList(options.state ?? defaultStateDir()), ip, Date.now())
      if (entry === null) process.exitCode = 1
      if (!options.json) return
      const [{ allowCheckJson }, { toJsonLine }] = await Promise.all([import('../../api/wire.ts'), import('../../escape.ts')])
      console.log(toJsonLine(allowCheckJson(ip, entry)))
    })
}
