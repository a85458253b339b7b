import { networkInterfaces } from 'node:os'

/** Tells the addresses of this host's interfaces whenever they are others than before; `refresh` looks. */
export function createOwnAddresses(onChange: (addresses: readonly string[]) => void) {
  let known: string | null = null
  return function refresh(): void {
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
    const text = own.sort().join(' ')
    if (text === known) return
    known = text
    onChange(own)
  }
}
