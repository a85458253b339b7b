import { BlockList, isIPv6 } from 'node:net'
import { type LogSample, samplesOf } from '../log-sample.ts'
import type { Check, Probe } from '../probe.ts'

/** Fewer say nothing. */
const LEAST_EVENTS = 20
const LEAST_USERS = 3
const NEARLY_ALL = 0.95

/** RFC 1918, RFC 6598, RFC 4193, loopback: where a proxy in front of us is. */
const INSIDE = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
] as const)
  INSIDE.addSubnet(network, bits)
INSIDE.addSubnet('fc00::', 7, 'ipv6')
INSIDE.addAddress('::1', 'ipv6')

/** Behind a proxy (or Docker's) that hides its callers, one inner address is everybody: to ban it would ban everybody. */
export const logAddress: Check = {
  id: 'log-address',
  title: "the logs show the callers' addresses, not a proxy's",
  run: (probe) =>
    samplesOf(probe).flatMap((sample) => {
      const hidden = proxyIn(sample, probe)
      if (hidden === null) return []
      return [
        {
          severity: 'error' as const,
          place: sample.path,
          text: `${hidden.count} of the last ${hidden.all} events, by ${hidden.users} users, come from ${hidden.ip}: it shows a proxy's address, not the callers'`,
          remedy: `let sipguard read the log of the proxy itself, or have this server log the address that it gives; until then name ${hidden.ip} in peers:`,
        },
      ]
    }),
}

function proxyIn({ events }: LogSample, { config }: Probe) {
  const placed = events.filter(({ ip }) => ip !== null)
  if (placed.length < LEAST_EVENTS) return null
  const byAddress = [...Map.groupBy(placed, ({ ip }) => ip as string)].sort(([, a], [, b]) => b.length - a.length)
  const [ip = '', own = []] = byAddress[0] ?? []
  const users = new Set(own.map(({ user }) => user)).size
  if (own.length < NEARLY_ALL * placed.length || users < LEAST_USERS) return null
  const isInside = INSIDE.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4') || config.self.includes(ip)
  return isInside && !config.peers.includes(ip) ? { ip, users, count: own.length, all: placed.length } : null
}
