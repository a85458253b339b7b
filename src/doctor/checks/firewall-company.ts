import { placeOf } from '../../servers/included.ts'
import { runningPrograms } from '../../servers/sip-servers.ts'
import { backendOf } from '../backend.ts'
import type { Check, Finding, Probe } from '../probe.ts'

const FIREWALLD = '/etc/firewalld/firewalld.conf'
const DOCKER = '/etc/docker/daemon.json'
const NFTABLES = '/etc/nftables.conf'

/** Others that write firewall rules, where that concerns us. Docker's rules do not: ours come before every NAT. */
export const firewallCompany: Check = {
  id: 'firewall-company',
  title: 'other firewalls leave ours alone, and Docker shows who calls',
  async run(probe) {
    const backend = await backendOf(probe)
    return [
      ...(backend === 'iptables' ? firewalld(probe) : []),
      ...(backend === 'nftables' ? nftablesService(probe) : []),
      ...docker(probe),
    ]
  },
}

function firewalld(probe: Probe): Finding[] {
  return foundIn(probe, FIREWALLD, /^FirewallBackend=iptables\b/m, (place) => ({
    severity: 'warning',
    place,
    text: 'each reload of firewalld flushes every table of iptables, ours too: bans are away until the daemon has put them back',
    remedy: 'enforce: nftables, whose table firewalld never touches',
  })).filter(() => runningPrograms(probe.tree).has('firewalld'))
}

function nftablesService(probe: Probe): Finding[] {
  return foundIn(probe, NFTABLES, /^\s*flush ruleset\b/m, (place) => ({
    severity: 'note',
    place,
    text: "a reload of nftables.service flushes everybody's tables, ours (back within seconds) and Docker's (gone until Docker restarts)",
    remedy: 'flush only the tables that this file makes, and PartOf=nftables.service in the unit of sipguard',
  }))
}

/** Docker without rules of its own proxies every published port, and the container sees the bridge as its only caller. */
function docker(probe: Probe): Finding[] {
  if (!probe.config.sources.some(({ type }) => type === 'docker')) return []
  return foundIn(probe, DOCKER, /"iptables"\s*:\s*false/, (place) => ({
    severity: 'error',
    place,
    text: "Docker proxies what it publishes: in the containers' logs every caller has the address of the bridge",
    remedy: 'take "iptables": false out, or run the SIP server with --network host',
  }))
}

function foundIn({ tree }: Probe, path: string, pattern: RegExp, toFinding: (place: string) => Finding): Finding[] {
  const text = tree.read(path) ?? ''
  const found = pattern.exec(text)
  return found === null ? [] : [toFinding(placeOf({ path, text }, found.index + found[0].search(/\S/)))]
}
