import { canonicalAddress } from '../../address.ts'
import type { FleetNodeReport, FleetReport, StatusReport } from '../../api/control.ts'
import type { AddressJson, UserReportJson } from '../../api/records-wire.ts'
import { SipguardError } from '../../errors.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const NODE_COLUMNS: readonly (keyof FleetNodeReport)[] = ['id', 'name', 'version', 'seen_at', 'silent', 'lag_ms', 'bans', 'verified']

interface StatusOptions extends DaemonOptions, ListOptions {
  readonly fleet?: true
}

export const status: Verb = (program) => {
  const command = program
    .command('status')
    .summary('what the daemon sees, does, and knows of an address')
    .description('what the daemon sees and does, or everything known of one address or user')
  withListOptions(withDaemonOptions(command), 'one object; with --fleet one a node')
    .argument('[target]', 'address, or user@domain')
    .option('--fleet', 'every node of the fleet')
    .addHelpText('after', examples('status', 'status 192.0.2.7', 'status 1001@example.com', 'status --fleet'))
    .action(async (target: string | undefined, options: StatusOptions) => {
      const client = createClient(options)
      if (options.fleet && target !== undefined) throw new SipguardError('USAGE', 'expected an address or user, or --fleet, got both')
      if (options.csv && target === undefined && !options.fleet)
        throw new SipguardError('USAGE', 'expected an address, user@domain or --fleet with --csv')
      if (options.fleet) await showFleet(client, options)
      else if (target === undefined) await showAll(client, options)
      else await showOne(client, target, options)
    })
}

async function showAll(client: Client, options: StatusOptions): Promise<void> {
  const report = await client.call<StatusReport>('GET', '/api/status')
  if (options.json) console.log((await import('../../escape.ts')).toJsonLine(report))
  else {
    const [{ formatStatus }, { show }] = await Promise.all([import('../status-screen.ts'), import('../pager.ts')])
    await show(formatStatus(report, Date.now()))
  }
}

async function showFleet(client: Client, options: StatusOptions): Promise<void> {
  const fleet = await client.call<FleetReport>('GET', '/api/fleet')
  await printList(fleet.nodes, options, NODE_COLUMNS, async () => {
    const { formatFleet, formatNodes } = await import('../fleet-screen.ts')
    const nowMs = Date.now()
    return `${formatFleet(fleet, nowMs)}\n\n${formatNodes(fleet.nodes, nowMs)}`
  })
}

async function showOne(client: Client, target: string, options: StatusOptions): Promise<void> {
  const { addressArgument, userArgument } = await import('../../api/arguments.ts')
  const isUser = target.includes('@')
  if (isUser) userArgument(target)
  else if (canonicalAddress(target) === null) {
    const rule = 'an IP address such as 192.0.2.7 or 2001:db8::7, or a user such as 1001@example.com'
    throw new SipguardError('ADDRESS_INVALID', `expected ${rule}, got '${target.slice(0, 80)}'`)
  }
  const path = isUser ? `/api/users/${encodeURIComponent(target)}` : `/api/addresses/${encodeURIComponent(addressArgument(target))}`
  const report = await client.call<AddressJson | UserReportJson>('GET', path)
  const { KNOWN_COLUMNS, addressRows, userRows } = await import('../about-rows.ts')
  if (options.json) console.log((await import('../../escape.ts')).toJsonLine(report))
  else if (options.csv) await printList('ip' in report ? addressRows(report) : userRows(report), options, KNOWN_COLUMNS, () => '')
  else {
    const [{ formatAddress, formatUser }, { show }] = await Promise.all([import('../about-screen.ts'), import('../pager.ts')])
    await show('ip' in report ? formatAddress(report, Date.now(), options) : formatUser(report, Date.now(), options))
  }
}
