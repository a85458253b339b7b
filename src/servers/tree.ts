import { closeSync, fstatSync, globSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { SipguardError } from '../errors.ts'

/** More than any configuration has; what is larger is something else. */
const LONGEST_FILE = 8 * 1024 * 1024

export interface FileFacts {
  readonly size: number
  /** Epoch ms. */
  readonly mtimeMs: number
  /** Id of the group that it belongs to. */
  readonly gid: number
}

/** A tree of files as it stands below `/`: the machine's own, or another's root. Paths are absolute within it. Nothing is ever written. */
export interface Tree {
  /** The text of a file; null where there is none. @throws SipguardError SOURCE_UNREADABLE when it is there and cannot be read */
  read(path: string): string | null
  /** The paths that an absolute glob finds, sorted. */
  glob(pattern: string): string[]
  /** Of a regular file; null where there is none. */
  facts(path: string): FileFacts | null
  /** The last bytes of a file, at most so many. @throws SipguardError SOURCE_UNREADABLE */
  tail(path: string, bytes: number): Buffer
}

/** A symbolic link to an absolute path leads out of a root that is not `/`: use one that you trust. */
export function createTree(root: string): Tree {
  const place = (path: string) => join(root, path)
  return {
    read(path) {
      const stats = statOf(place(path))
      if (stats === null) return null
      if (!stats.isFile()) throw unreadable(path, 'it is no regular file')
      if (stats.size > LONGEST_FILE) throw unreadable(path, `it is larger than ${LONGEST_FILE / 1024 / 1024} MiB`)
      return attempt(path, () => readFileSync(place(path), 'utf8'))
    },
    glob: (pattern) =>
      globSync(pattern.replace(/^\/+/, ''), { cwd: root })
        .map((path) => `/${path}`)
        .sort(),
    facts(path) {
      const stats = statOf(place(path))
      return stats?.isFile() ? { size: stats.size, mtimeMs: stats.mtimeMs, gid: stats.gid } : null
    },
    tail: (path, bytes) =>
      attempt(path, () => {
        const file = openSync(place(path), 'r')
        try {
          const { size } = fstatSync(file)
          const buffer = Buffer.alloc(Math.min(bytes, size))
          return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, size - buffer.length))
        } finally {
          closeSync(file)
        }
      }),
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    // A part of the path is no folder, or may not be looked into.
    return null
  }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? (error as Error).message, error)
  }
}

const unreadable = (path: string, why: string, cause?: unknown) =>
  new SipguardError('SOURCE_UNREADABLE', `cannot read ${path}: ${why}`, { cause })
