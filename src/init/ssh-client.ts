import { canonicalAddress } from '../address.ts'
import type { Tree } from '../servers/tree.ts'

/** Further up there is no session of ours. */
const MOST_PARENTS = 20

/**
 * The address from which this session came over SSH, null where it did not: sshd's SSH_CONNECTION, `CLIENT PORT SERVER PORT` (ssh(1)). sudo
 * takes it out of the environment, so those of our parents are asked too, as far as we may read them.
 */
export function sshClient(tree: Tree, environment: Readonly<Record<string, string | undefined>>, parent: number): string | null {
  let connection = environment.SSH_CONNECTION
  for (let pid = parent, i = 0; connection === undefined && pid > 1 && i < MOST_PARENTS; i++) {
    connection = textOf(tree, `/proc/${pid}/environ`)
      .split('\0')
      .find((variable) => variable.startsWith('SSH_CONNECTION='))
      ?.slice('SSH_CONNECTION='.length)
    pid = Number(/^PPid:\s*(\d+)/m.exec(textOf(tree, `/proc/${pid}/status`))?.[1] ?? 0)
  }
  return canonicalAddress(connection?.split(' ')[0] ?? '')
}

function textOf(tree: Tree, path: string): string {
  try {
    return tree.read(path) ?? ''
  } catch {
    // Somebody else's process.
    return ''
  }
}
