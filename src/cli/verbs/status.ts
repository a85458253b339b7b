import type { FleetReport, StatusReport } from '../../api/control.ts'
import type { AllowCheckJson, BanJson } from '../../api/wire.ts'
import { SipguardError } from '../../errors.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import type { Verb } from '../verb.ts'

interface StatusOptions extends DaemonOptions {
  readonly fleet?: true
  readonly json?: true
}

export const status: Verb = (program) => {
  withDaemonOptions(program.command('status').description('what the daemon sees and does, or what is known of one address'))
    .argument('[ip]', 'address')
    .option('--fleet', 'every node of the fleet')
    .option('--json', 'one object; with --fleet one a node')
    .action(async (target: string | undefined, options: StatusOptions) => {
      const client = createClient(options)
      if (options.fleet && target !== undefined) throw new SipguardError('USAGE', 'expected an address or --fleet, got both')
      if (options.fleet) await showFleet(client, options)
      else if (target === undefined) await showAll(client, options)
      else await showAddress(client, target, options)
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

async function showAddress(client: Client, target: string, options: StatusOptions): Promise<void> {
  if (target.includes('@'))
    throw new SipguardError('USAGE', 'the status of a user is not supported by this version; expected an IP address')
  const [{ addressArgument }, { toJsonLine }] = await Promise.all([import('../../api/arguments.ts'), import('../../escape.ts')])
  const ip = addressArgument(target)
  const [bans, check] = await Promise.all([
    client.call<BanJson[]>('GET', `/api/bans?ip=${encodeURIComponent(ip)}`),
    client.call<AllowCheckJson>('GET', `/api/allow/check/${encodeURIComponent(ip)}`),
  ])
  if (options.json) console.log(toJsonLine({ ip, bans, allowed: check.allowed, allow: check.entry }))
  else console.log((await import('../status-screen.ts')).formatAddress(ip, bans, check, Date.now()))
}
