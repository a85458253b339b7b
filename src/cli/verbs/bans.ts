import type { FleetReport } from '../../api/control.ts'
import type { PlaceJson } from '../../api/records-wire.ts'
import type { BanJson, FleetBanJson } from '../../api/wire.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const COLUMNS = [
  ...(['ip', 'scope', 'prefix', 'port', 'transport', 'jail', 'at', 'until', 'nth', 'count', 'level', 'evidence', 'node'] as const),
] satisfies readonly (keyof BanJson)[]

interface BansOptions extends DaemonOptions, ListOptions {
  readonly fleet?: true
}

export const bans: Verb = (program) => {
  withListOptions(withDaemonOptions(program.command('bans').description('list the active bans, newest first')))
    .option('--fleet', 'those of the whole fleet, who decided each, and how many of them every node has')
    .addHelpText('after', examples('bans', 'bans --csv > bans.csv', 'bans --fleet'))
    .action(async (options: BansOptions) => {
      const client = createClient(options)
      if (options.fleet) return showFleet(client, options)
      const active = await client.call<(BanJson & PlaceJson)[]>('GET', '/api/bans')
      await printList(active, options, [...COLUMNS, 'country', 'asn', 'as_name'], async () =>
        active.length === 0 ? 'no bans' : (await import('../ban-table.ts')).formatBans(active, Date.now()),
      )
    })
}

async function showFleet(client: Client, options: ListOptions): Promise<void> {
  const bans = await client.call<FleetBanJson[]>('GET', '/api/fleet/bans')
  await printList(bans, options, [...COLUMNS, 'node_name'], async () => {
    const [{ formatFleetBans }, { formatNodes }] = await Promise.all([import('../ban-table.ts'), import('../fleet-screen.ts')])
    const { nodes } = await client.call<FleetReport>('GET', '/api/fleet')
    const nowMs = Date.now()
    return `${bans.length === 0 ? 'no bans' : formatFleetBans(bans, nowMs)}\n\n${formatNodes(nodes, nowMs)}`
  })
}
