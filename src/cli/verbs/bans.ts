import type { FleetReport } from '../../api/control.ts'
import type { BanJson, FleetBanJson } from '../../api/wire.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import type { Verb } from '../verb.ts'

interface BansOptions extends DaemonOptions {
  readonly fleet?: true
  readonly json?: true
}

export const bans: Verb = (program) => {
  withDaemonOptions(program.command('bans').description('list the active bans, newest first'))
    .option('--fleet', 'those of the whole fleet, who decided each, and how many of them every node has')
    .option('--json', 'one object a line')
    .action(async (options: BansOptions) => {
      const client = createClient(options)
      const active = await client.call<BanJson[]>('GET', options.fleet ? '/api/fleet/bans' : '/api/bans')
      if (options.json) {
        const { toJsonLine } = await import('../../escape.ts')
        for (const ban of active) console.log(toJsonLine(ban))
      } else if (options.fleet) await showFleet(client, active as FleetBanJson[])
      else if (active.length === 0) console.log('no bans')
      else console.log((await import('../ban-table.ts')).formatBans(active, Date.now()))
    })
}

async function showFleet(client: Client, bans: readonly FleetBanJson[]): Promise<void> {
  const [{ formatFleetBans }, { formatNodes }] = await Promise.all([import('../ban-table.ts'), import('../fleet-screen.ts')])
  const { nodes } = await client.call<FleetReport>('GET', '/api/fleet')
  const nowMs = Date.now()
  console.log(`${bans.length === 0 ? 'no bans' : formatFleetBans(bans, nowMs)}\n\n${formatNodes(nodes, nowMs)}`)
}
