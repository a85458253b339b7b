import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { closestName } from '../config/names.ts'
import type { SipguardError } from '../errors.ts'

/** What to do about a file that cannot be read or written, as `; run this as root …`; nothing where the message says it itself. */
export function remedyFor(error: SipguardError): string {
  const { code, path } = systemError(error) ?? {}
  if (code === 'EACCES' || code === 'EPERM') return `; run this as root${groupThatMay(path)}`
  if (code === 'ENOENT' && error.code.endsWith('_UNREADABLE') && path !== undefined) return similarFile(path)
  return code === 'ENOSPC' ? '; make room on the disk' : ''
}

/** What the file system said: in the error, or in one that it was made of. */
function systemError(error: unknown): NodeJS.ErrnoException | undefined {
  if (!(error instanceof Error)) return undefined
  return 'errno' in error ? (error as NodeJS.ErrnoException) : systemError(error.cause)
}

function groupThatMay(path: string | undefined): string {
  try {
    const { gid, mode } = statSync(path ?? '')
    const name = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , id]) => id === String(gid))?.[0]
    // Root's own group is nobody's to join.
    return gid !== 0 && mode & 0o040 && name !== undefined ? `, or as a member of the group ${name}` : ''
  } catch {
    return ''
  }
}

function similarFile(path: string): string {
  try {
    const dir = dirname(path)
    const meant = closestName(basename(path), readdirSync(dir))
    return meant === null ? '' : `, did you mean '${join(dir, meant)}'?`
  } catch {
    return ''
  }
}
