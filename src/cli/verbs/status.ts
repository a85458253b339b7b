import type { FleetReport, StatusReport } from '../../api/control.ts'
import type { AddressJson, UserReportJson } from '../../api/records-wire.ts'
import { SipguardError } from '../../errors.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

interface StatusOptions extends DaemonOptions, ListOptions {
  readonly fleet?: true
}

export const status: Verb = (program) => {
  const command = program.command('status').description('what the daemon sees and does, or everything known of one address or user')
  withListOptions(withDaemonOptions(command), 'one object; with --fleet one a node')
    .argument('[target]', 'address, or user@domain')
    .option('--fleet', 'every node of the fleet')
    .action(async (target: string | undefined, options: StatusOptions) => {
      const client = createClient(options)
      if (options.fleet && target !== undefined) throw new SipguardError('USAGE', 'expected an address or user, or --fleet, got both')
      if (options.csv && target === undefined) throw new SipguardError('USAGE', 'expected an address or user@domain with --csv')
      if (options.fleet) await showFleet(client, options)
      else if (target === undefined) await showAll(client, options)
      else await showOne(client, target, options)
    })
}

async function showAll(client: Client, options: StatusOptions): Promise<void> {
  const report = await client.call<StatusReport>('GET', '/api/status')
  if (options.json) console.log((await import('../../escape.ts')).toJsonLine(report))
  else console.log((await import('../status-screen.ts')).formatStatus(report, Date.now()))
}

async function showFleet(client: Client, options: StatusOptions): Promise<void> {
  const fleet = await client.call<FleetReport>('GET', '/api/fleet')
  if (options.json) {
    const { toJsonLine } = await import('../../escape.ts')
    for (const node of fleet.nodes) console.log(toJsonLine(node))
    return
  }
  const { formatFleet, formatNodes } = await import('../fleet-screen.ts')
  const nowMs = Date.now()
  console.log(`${formatFleet(fleet, nowMs)}\n\n${formatNodes(fleet.nodes, nowMs)}`)
}

async function showOne(client: Client, target: string, options: StatusOptions): Promise<void> {
  const { addressArgument, userArgument } = await import('../../api/arguments.ts')
  const isUser = target.includes('@')
  if (isUser) userArgument(target)
  const path = isUser ? `/api/users/${encodeURIComponent(target)}` : `/api/addresses/${encodeURIComponent(addressArgument(target))}`
  const report = await client.call<AddressJson | UserReportJson>('GET', path)
  const { KNOWN_COLUMNS, addressRows, userRows } = await import('../about-rows.ts')
  if (options.json) console.log((await import('../../escape.ts')).toJsonLine(report))
  else if (options.csv) await printList('ip' in report ? addressRows(report) : userRows(report), options, KNOWN_COLUMNS, () => '')
  else {
    const { formatAddress, formatUser } = await import('../about-screen.ts')
    console.log('ip' in report ? formatAddress(report, Date.now(), options) : formatUser(report, Date.now(), options))
  }
}
