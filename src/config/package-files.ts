import { basename, dirname, join, resolve } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { SipguardError } from '../errors.ts'
import { namesIn, packageRoot } from '../packaged.ts'
import type { Filter } from './types.ts'

/** Where the package's own filters and jails are. */
export const FILTERS = join(packageRoot, 'filters')
export const JAILS = join(packageRoot, 'jails')

/** Whether a filter is one of the package's own. */
export function isShipped(filter: Pick<Filter, 'path'>): boolean {
  return [filter.path, resolve(filter.path)].some((path) => dirname(path) === FILTERS)
}

/** The YAML files of a folder, in the order of their names. @throws SipguardError CONFIG_UNREADABLE */
export function yamlFiles(dir: string): string[] {
  let names: string[]
  try {
    names = namesIn(dir)
  } catch (error) {
    throw unreadable(dir, error)
  }
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(dir, name))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

/** The name that a file gives to what it holds: `opensips` of `/etc/sipguard/filters/opensips.yaml`. */
export function nameOf(path: string): string {
  return basename(path).replace(/\.ya?ml$/, '')
}

/** CONFIG_UNREADABLE for what the file system threw. */
export function unreadable(path: string, error: unknown): SipguardError {
  const { errno } = error as NodeJS.ErrnoException
  const reason = errno === undefined ? String(error) : getSystemErrorMessage(errno)
  return new SipguardError('CONFIG_UNREADABLE', `cannot read ${path}: ${reason}`, { cause: error })
}
