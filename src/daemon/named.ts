import type { TrustBook } from '../decide/index.ts'

/** On whose word an address is one of ours, or a peer. */
const SELF = ['interfaces', 'self', 'nodes'] as const
const PEERS = ['peers', 'published', 'hep'] as const
export type Namer = (typeof SELF)[number] | (typeof PEERS)[number]

/**
 * Who is self and who a peer: by this host's interfaces, by the configuration (`self`, `peers`), by the other nodes of the fleet (`nodes`
 * are themselves, `published` their peers), and by HEP (carriers that took a registration of ours). `onChange`: somebody may have come to be trusted.
 */
export function createNamed(trust: Pick<TrustBook, 'setSelf' | 'setPeers'>, onChange: () => void) {
  const named = new Map<Namer, readonly string[]>()
  const by = (namers: readonly Namer[]) => namers.flatMap((namer) => named.get(namer) ?? [])
  return {
    set(namer: Namer, addresses: readonly string[]): void {
      if (named.get(namer)?.join(' ') === addresses.join(' ')) return
      named.set(namer, addresses)
      if ((SELF as readonly Namer[]).includes(namer)) trust.setSelf(by(SELF))
      else trust.setPeers(by(PEERS))
      onChange()
    },
    get: (namer: Namer): readonly string[] => named.get(namer) ?? [],
  }
}
