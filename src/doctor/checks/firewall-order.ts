import { backendOf } from '../backend.ts'
import { type Check, type Finding, type Probe, Unchecked } from '../probe.ts'

/**
 * What lets packets past our bans. In nftables an `accept` of another base chain is no such thing, whatever its priority: it ends that
 * chain only, and ours is asked all the same (nft(8), VERDICT STATEMENTS). A flow table is: what it forwards comes to no chain any more.
 */
export const firewallOrder: Check = {
  id: 'firewall-order',
  title: 'nothing lets packets past the bans',
  async run(probe) {
    switch (await backendOf(probe)) {
      case 'nftables':
        return ofNftables(probe)
      case 'iptables':
        return (await Promise.all((['iptables', 'ip6tables'] as const).map((program) => ofIptables(probe, program)))).flat()
      default:
        return []
    }
  },
}

async function list(probe: Probe, argv: readonly [string, ...string[]]): Promise<string> {
  const { status, stdout, stderr } = await probe.run(argv)
  if (status !== 0) throw new Unchecked(`${argv[0]} cannot list its rules: ${stderr.trim().split('\n')[0]}`)
  return stdout
}

/** libnftables-json(5), as far as we read it. */
interface NftObject {
  readonly table?: { readonly family: string; readonly name: string }
  readonly rule?: {
    readonly family: string
    readonly table: string
    readonly chain: string
    readonly handle: number
    readonly expr: readonly object[]
  }
  readonly flowtable?: { readonly family: string; readonly table: string; readonly name: string }
}

async function ofNftables(probe: Probe): Promise<Finding[]> {
  const objects = objectsIn(await list(probe, ['nft', '-j', '-t', 'list', 'ruleset']))
  const isThere = objects.some(({ table }) => table && isOurs(table.family, table.name))
  return [...(isThere ? await asleep(probe) : []), ...lettingPast(objects)]
}

/** Only the text form tells a table's flags (nft 1.0.6). */
async function asleep(probe: Probe): Promise<Finding[]> {
  const text = await list(probe, ['nft', '-t', 'list', 'table', 'inet', 'sipguard'])
  if (!/^\s*flags [\w, ]*\bdormant\b/m.test(text)) return []
  return [
    { severity: 'error', place: 'table inet sipguard', text: 'it is dormant: no ban does anything', remedy: 'systemctl restart sipguard' },
  ]
}

function lettingPast(objects: readonly NftObject[]): Finding[] {
  return objects.flatMap(({ rule, flowtable }): Finding[] => {
    if (rule && isOurs(rule.family, rule.table) && rule.expr.some((part) => 'accept' in part)) {
      return [
        {
          severity: 'error',
          place: `inet sipguard ${rule.chain} handle ${rule.handle}`,
          text: 'a rule that is not ours accepts packets in our own chain: what it takes is not dropped',
          remedy: `nft delete rule inet sipguard ${rule.chain} handle ${rule.handle}; whom to spare stands in ignoreip:, ports in never:`,
        },
      ]
    }
    if (flowtable) {
      return [
        {
          severity: 'warning',
          place: `flowtable ${flowtable.family} ${flowtable.table} ${flowtable.name}`,
          text: 'forwarded flows that it has taken come to no chain any more: a ban does not cut them until they are idle',
          remedy: 'keep SIP out of it: no `flow add` for the ports of your servers',
        },
      ]
    }
    return []
  })
}

const isOurs = (family: string, table: string) => family === 'inet' && table === 'sipguard'

function objectsIn(json: string): readonly NftObject[] {
  try {
    return (JSON.parse(json) as { nftables: NftObject[] }).nftables
  } catch {
    throw new Unchecked('what nft -j prints is no JSON')
  }
}

/** Every rule of the chain before our jump; the `-S` form of iptables(8). Where our jump is not, the daemon says so itself. */
async function ofIptables(probe: Probe, program: 'iptables' | 'ip6tables'): Promise<Finding[]> {
  const rules = (await list(probe, [program, '-t', 'raw', '-S', 'PREROUTING'])).split('\n').filter((rule) => rule.startsWith('-A '))
  const before = rules.slice(0, Math.max(0, rules.indexOf('-A PREROUTING -j SIPGUARD')))
  return before.flatMap((rule, i): Finding[] => {
    if (!/ -[jg] (?:ACCEPT|RETURN)\b/.test(rule)) return []
    return [
      {
        severity: 'error',
        place: `${program} raw PREROUTING rule ${i + 1}`,
        text: `it stands before our bans, and what it takes is not dropped: ${rule}`,
        remedy: `${program} -t raw -D PREROUTING ${i + 1}, and put it behind our jump; whom to spare stands in ignoreip:`,
      },
    ]
  })
}
