import type { Command } from 'commander'
import type { PhoneJson } from '../../api/records-wire.ts'
import { SipguardError } from '../../errors.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, queryString, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const COLUMNS: readonly (keyof PhoneJson)[] = [
  ...(['id', 'mac_address', 'extension_number', 'user_agent', 'ip_address', 'first_registered', 'last_registered'] as const),
  ...(['contact_uri', 'vendor', 'model', 'firmware', 'status', 'stale', 'flapping', 'country', 'asn', 'as_name'] as const),
]
const PATH = '/api/registered-phones'

interface Filters extends DaemonOptions, ListOptions {
  readonly mac?: string
  readonly ip?: string
}

interface JsonOption {
  readonly json?: true
}

interface PruneOptions extends DaemonOptions, JsonOption {
  readonly olderThan?: string
  readonly incomplete?: true
}

export const phones: Verb = (program) => {
  const group = program.command('phones').description('the phones that have registered')
  addList(group)
  addShow(group)
  addFirmware(group)
  addMove(group)
  addPrune(group)
}

function addList(group: Command): void {
  withListOptions(withDaemonOptions(group.command('list', { isDefault: true }).description('all of them, newest registration first')))
    .option('--mac <mac>', 'only this one; any spelling')
    .option('--ip <address>', 'only those at this address')
    .addHelpText('after', examples('phones list --mac 00:15:65:12:34:56', 'phones list --csv > phones.csv'))
    .allowExcessArguments()
    .action(async ({ mac, ip, ...options }: Filters, command: Command) => {
      await refuseUnknown(command.args, group)
      await show(`${PATH}${queryString({ mac, ip })}`, options, mac === undefined && ip === undefined ? 'no phones' : 'no such phone')
    })
}

/** `phones` alone is `phones list`, so a misspelt command comes here. @throws SipguardError USAGE */
async function refuseUnknown([word]: readonly string[], group: Command): Promise<void> {
  if (word === undefined) return
  const { didYouMean } = await import('../../config/names.ts')
  const names = group.commands.map((each) => each.name())
  throw new SipguardError('USAGE', `unknown command '${word}'${didYouMean(word, names) || `; commands are ${names.join(', ')}`}`)
}

function addShow(group: Command): void {
  withListOptions(withDaemonOptions(group.command('show').description('those of one extension, newest registration first')))
    .argument('<extension>', 'extension')
    .addHelpText('after', examples('phones show 1001'))
    .action(async (extension: string, options: DaemonOptions & ListOptions) => {
      await show(`${PATH}/extension/${encodeURIComponent(extension)}`, options, 'no phone has registered as this extension')
    })
}

function addFirmware(group: Command): void {
  withListOptions(
    withDaemonOptions(group.command('firmware').description('models of which phones run different firmware')),
    'one of them a line',
  )
    .addHelpText('after', examples('phones firmware'))
    .action(async (options: DaemonOptions & ListOptions) => {
      const { firmwareSpread } = await import('../../phones/index.ts')
      const found = await createClient(options).call<PhoneJson[]>('GET', PATH)
      const spread = firmwareSpread(found.map((phone) => ({ userAgent: phone.user_agent })))
      const rows = spread.flatMap(({ vendor, model, firmwares }) => firmwares.map((each) => ({ vendor, model, ...each })))
      await printList(rows, options, ['vendor', 'model', 'firmware', 'phones'], async () =>
        rows.length === 0 ? 'every model runs one firmware' : (await import('../records-tables.ts')).formatFirmware(rows),
      )
    })
}

async function show(path: string, options: DaemonOptions & ListOptions, none: string): Promise<void> {
  const found = await createClient(options).call<PhoneJson[]>('GET', path)
  await printList(found, options, COLUMNS, async () =>
    found.length === 0 ? none : (await import('../records-tables.ts')).formatPhones(found),
  )
}

function addMove(group: Command): void {
  withDaemonOptions(group.command('move').description('say that a phone belongs to another extension now'))
    .argument('<mac>', 'its MAC, in any spelling')
    .argument('<extension>', 'the extension')
    .option('--json', 'one object')
    .addHelpText('after', examples('phones move 00:15:65:12:34:56 1002'))
    .action(async (mac: string, extension: string, { json, ...options }: DaemonOptions & JsonOption) => {
      const { moved } = await createClient(options).call<{ moved: number }>('POST', `${PATH}/move`, { mac, extension })
      const { forTerminal, toJsonLine } = await import('../../escape.ts')
      if (json) console.log(toJsonLine({ moved }))
      else console.log(forTerminal(`moved ${mac} to ${extension} (${moved === 1 ? '1 row' : `${moved} rows`})`))
    })
}

function addPrune(group: Command): void {
  withDaemonOptions(group.command('prune').description('forget phones for good'))
    .option('--older-than <duration>', 'those that have not registered for so long: 90d, 4w')
    .option('--incomplete', 'those whose MAC is not known')
    .option('--json', 'one object')
    .addHelpText('after', examples('phones prune --older-than 90d', 'phones prune --incomplete'))
    .action(async ({ olderThan, incomplete, json, ...options }: PruneOptions) => {
      if ((olderThan === undefined) === (incomplete === undefined)) {
        throw new SipguardError('USAGE', 'expected --older-than DURATION or --incomplete')
      }
      const { pastArgument } = await import('../../api/arguments.ts')
      if (olderThan !== undefined) pastArgument(olderThan, Date.now())
      const which = olderThan === undefined ? { incomplete } : { older_than: olderThan }
      const { removed } = await createClient(options).call<{ removed: number }>('POST', `${PATH}/prune`, which)
      if (json) console.log((await import('../../escape.ts')).toJsonLine({ removed }))
      else console.log(removed === 1 ? 'removed 1 phone' : `removed ${removed} phones`)
    })
}
