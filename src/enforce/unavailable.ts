import { SipguardError } from '../errors.ts'

/** Debian package of each program we start. */
const PACKAGES: Readonly<Record<string, string>> = {
  nft: 'nftables',
  ipset: 'ipset',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
  ip6tables: 'iptables',
  'ip6tables-restore': 'iptables',
}

export function missingProgram(program: string, cause?: unknown): SipguardError {
  const remedy = `install it (Debian: apt install ${PACKAGES[program] ?? program}) or run with --enforce none`
  return new SipguardError('ENFORCE_UNAVAILABLE', `the program ${program} was not found: ${remedy}`, { cause })
}

/** The error for a backend that could not be placed, with the remedy where the reason tells it. `reason`: the tool's own words. */
export function unavailable(backend: string, reason: string): SipguardError {
  return new SipguardError('ENFORCE_UNAVAILABLE', `cannot enforce with ${backend}: ${remedy(backend, reason)} (${reason})`)
}

function remedy(backend: string, reason: string): string {
  if (/not permitted|permission denied|must be root/i.test(reason)) {
    return 'it needs root or CAP_NET_ADMIN; run as root, or give the systemd unit AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW'
  }
  if (/not supported|protocol family|cannot open session to kernel|module .* not found|can't initialize/i.test(reason)) {
    return backend === 'nftables'
      ? 'this kernel has no nf_tables; load it (modprobe nf_tables) or try --enforce iptables'
      : 'this kernel lacks ip_set or the iptables raw table; load them (modprobe ip_set iptable_raw) or try --enforce nftables'
  }
  return 'the kernel refused our table'
}
