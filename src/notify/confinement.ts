import { existsSync, readFileSync } from 'node:fs'

/** capabilities(7): which lets a process drop what others started by it could gain. */
const CAP_SETPCAP = 8n
/** util-linux. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv']

export interface Confinement {
  /** What is to stand before a program. */
  readonly prefix: readonly string[]
  /** Why the program keeps capabilities of ours; null: it has none. */
  readonly lacks: string | null
}

/** How a program is started without our capabilities, as far as we can. `status` is /proc/self/status. */
export function createConfinement(
  status = readStatus(),
  setpriv = SETPRIV.find((path) => existsSync(path)) ?? null,
  isRoot = process.getuid?.() === 0,
): Confinement {
  const set = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`)
  const has = set('CapPrm') | set('CapInh') | set('CapAmb')
  if (has === 0n) return { prefix: [], lacks: null }
  if (setpriv === null) return { prefix: [], lacks: "with the daemon's capabilities: setpriv of util-linux is not there" }
  const ambient = [setpriv, '--inh-caps=-all', '--ambient-caps=-all']
  const canBound = ((set('CapEff') >> CAP_SETPCAP) & 1n) === 1n
  if (canBound) return { prefix: [...ambient, '--bounding-set=-all', '--'], lacks: null }
  // Root gains what is in the bounding set with every program; others only what is ambient.
  return { prefix: [...ambient, '--'], lacks: isRoot ? "with the daemon's capabilities: root without CAP_SETPCAP cannot drop them" : null }
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return ''
  }
}
