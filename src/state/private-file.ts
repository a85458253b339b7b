import { closeSync, openSync } from 'node:fs'

/**
 * Makes the file, readable by its owner only, where there is none. One that exists is not even opened: closing it again would drop
 * every fcntl lock that this process holds on it.
 */
export function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
