import { execFileSync } from 'node:child_process'

/**
 * Hosts in network namespaces; nothing leaves them.
 *
 *     attacker ─┐
 *     phone ────┼─ sbc
 *     office ───┘
 *       └─ lan
 *
 * The office is a router behind whose one address its phones, and an insider, stand (MASQUERADE). The phone's host is the carrier too.
 */
export const HOSTS = ['attacker', 'sbc', 'phone', 'office', 'lan'] as const
export type Host = (typeof HOSTS)[number]

export const SBC = '198.51.100.1'
export const SBC6 = '2001:db8:100::1'
/** Tools that cannot be told their address have the first of their host. */
export const ATTACKERS = Array.from({ length: 50 }, (_, i) => `192.0.2.${10 + i}`)
/** In a /64 that is his alone. */
export const ATTACKER6 = '2001:db8:bad::10'
const NETWORK6 = '2001:db8:bad::/64'
const GATEWAY6 = '2001:db8:2::1'
/** Nobody's: the attacker forges it, as he does PHONE and CARRIER. */
export const UNKNOWN = '192.0.2.99'
export const PHONE = '203.0.113.10'
export const CARRIER = '203.0.113.77'
/** What the SBC sees of everybody in the LAN. */
export const OFFICE = '198.51.100.130'
export const DESK = '10.0.0.10'
export const INSIDER = '10.0.0.66'

const ROUTING = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0']
const MASQUERADE = `
table ip nat {
  chain out {
    type nat hook postrouting priority 100;
    oifname "sbc" masquerade
  }
}`
/** What the attackers of a host send and get. */
const COUNTERS = `
table inet lab {
  counter sent {}
  counter answers {}
  chain out {
    type filter hook output priority 0;
    ip saddr ${DESK} accept
    udp dport 5060 counter name sent
  }
  chain in {
    type filter hook input priority 0;
    ip daddr ${DESK} accept
    udp sport 5060 counter name answers
  }
}`

let made = 0

export class Network {
  private readonly id = `sglab${process.pid}-${++made}`

  constructor() {
    for (const host of HOSTS) {
      this.ip('netns', 'add', this.namespace(host))
      this.ip('-n', this.namespace(host), 'link', 'set', 'lo', 'up')
    }
    for (const router of ['sbc', 'office'] as const) this.in(router, 'sysctl', '-qw', ...ROUTING)
    this.address('sbc', 'lo', `${SBC}/32`, `${SBC6}/128`)

    this.link('attacker', 'sbc', '192.0.2.1/24', [...ATTACKERS.map((ip) => `${ip}/24`), `${ATTACKER6}/128`])
    this.address('sbc', 'attacker', `${GATEWAY6}/128`)
    this.in('sbc', 'ip', 'route', 'add', NETWORK6, 'dev', 'attacker')
    this.in('attacker', 'ip', 'route', 'add', GATEWAY6, 'dev', 'sbc')
    this.in('attacker', 'ip', 'route', 'add', 'default', 'via', GATEWAY6)
    this.link('phone', 'sbc', '203.0.113.1/24', [`${PHONE}/24`, `${CARRIER}/24`])
    this.link('office', 'sbc', '198.51.100.129/25', [`${OFFICE}/25`])
    this.link('lan', 'office', '10.0.0.1/24', [`${INSIDER}/24`, `${DESK}/24`])
    // The attacker may call himself anybody.
    this.address('attacker', 'lo', `${UNKNOWN}/32`, `${PHONE}/32`, `${CARRIER}/32`)

    this.in('office', 'nft', MASQUERADE)
    for (const host of ['attacker', 'lan'] as const) this.in(host, 'nft', COUNTERS)
  }

  namespace(host: Host): string {
    return `${this.id}-${host}`
  }

  /** SIP datagrams to and from the attackers of a host. */
  counted(host: 'attacker' | 'lan', counter: 'sent' | 'answers'): number {
    const { nftables } = JSON.parse(this.in(host, 'nft', '-j', 'list', 'counter', 'inet', 'lab', counter))
    return nftables.find((entry: object) => 'counter' in entry).counter.packets
  }

  /** Processes that still run on a host. */
  pids(host: Host): number[] {
    return this.ip('netns', 'pids', this.namespace(host)).split('\n').filter(Boolean).map(Number)
  }

  remove(): void {
    for (const host of HOSTS) this.ip('netns', 'del', this.namespace(host))
  }

  /** Connects a host to its router, by devices named for what is at their other end. */
  private link(host: Host, router: Host, routerAddress: string, addresses: readonly string[]): void {
    const peer = ['peer', 'name', host, 'netns', this.namespace(router)]
    this.ip('link', 'add', router, 'netns', this.namespace(host), 'type', 'veth', ...peer)
    this.address(router, host, routerAddress)
    this.address(host, router, ...addresses)
    this.in(host, 'ip', 'route', 'add', 'default', 'via', routerAddress.replace(/\/.*/, ''))
  }

  private address(host: Host, device: string, ...addresses: readonly string[]): void {
    const lines = addresses.map((address) => `addr add ${address} dev ${device} ${address.includes(':') ? 'nodad' : ''}\n`)
    this.ip('-n', this.namespace(host), 'link', 'set', device, 'up')
    execFileSync('ip', ['-n', this.namespace(host), '-batch', '-'], { input: lines.join(''), stdio: ['pipe', 'ignore', 'inherit'] })
  }

  private in(host: Host, command: string, ...args: readonly string[]): string {
    return this.ip('netns', 'exec', this.namespace(host), command, ...args)
  }

  private ip(...args: readonly string[]): string {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  }
}
