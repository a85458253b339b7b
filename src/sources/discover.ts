import { existsSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join, matchesGlob, resolve, sep } from 'node:path'
import { watch } from 'chokidar'

const MAGIC = /[*?[{]/

/** The files that a source's `file:` means. */
export interface Discovery {
  readonly isGlob: boolean
  /** Absolute; of a glob those that exist now, of a path itself. */
  list(): Promise<string[]>
  /**
   * Tells of such files that appear or are replaced, once it is ready: what happened before is not told. Hints only: a network file
   * system gives none. Returns what ends it.
   */
  watch(onPath: (path: string) => void, onReady: () => void): () => Promise<void>
}

/** A path, or a glob (`/var/log/opensips/*.log`, `**` too). A file that exists by that very name is a path. */
export function discover(file: string): Discovery {
  const pattern = resolve(file)
  const isGlob = MAGIC.test(pattern) && !existsSync(pattern)
  const wanted = (path: string) => (isGlob ? matchesGlob(path, pattern) : path === pattern)
  return {
    isGlob,
    async list() {
      if (!isGlob) return [pattern]
      const paths: string[] = []
      for await (const path of glob(pattern)) paths.push(path)
      return paths.sort()
    },
    watch(onPath, onReady) {
      const watcher = watch(isGlob ? fixedPart(pattern) : dirname(pattern), {
        ignoreInitial: true,
        ignorePermissionErrors: true,
        ignored: (path, stats) => stats !== undefined && !stats.isDirectory() && !wanted(path),
        ...(pattern.includes('**') ? {} : { depth: isGlob ? magicDepth(pattern) : 0 }),
      })
      watcher.on('ready', onReady)
      watcher.on('add', onPath)
      // A symbolic link that leads elsewhere now, or a name given to another file, is no event of chokidar's but one of the directory's.
      watcher.on('raw', (event, name: string | null, details) => {
        const { watchedPath } = details as { watchedPath?: string }
        if (event !== 'rename' || name === null || watchedPath === undefined) return
        const path = join(watchedPath, name)
        if (wanted(path)) onPath(path)
      })
      watcher.on('error', () => {
        // What cannot be watched is found by the slow poll.
      })
      return () => watcher.close()
    },
  }
}

/** The directory that holds all a glob can match. */
function fixedPart(pattern: string): string {
  const parts = pattern.split(sep)
  return (
    parts
      .slice(
        0,
        parts.findIndex((part) => MAGIC.test(part)),
      )
      .join(sep) || sep
  )
}

/** How many directories below its fixed part a glob reaches. */
function magicDepth(pattern: string): number {
  const parts = pattern.split(sep)
  return parts.length - 1 - parts.findIndex((part) => MAGIC.test(part))
}
