import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SipguardError } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import type { EmittedFile } from './fail2ban.ts'
import { OURS } from './ini.ts'

/**
 * Writes the files below `dir`, each at once and whole. Files that an earlier run wrote are replaced; where one of these names is taken
 * by somebody else's file, nothing is written.
 * @throws SipguardError OUTPUT_FAILED
 */
export function writeFiles(dir: string, files: readonly EmittedFile[]): string[] {
  const paths = files.map(({ path }) => join(dir, path))
  try {
    const foreign = paths.filter((path) => !isOurs(path))
    if (foreign.length > 0) {
      throw new SipguardError('OUTPUT_FAILED', `${foreign.join(', ')}: not written by sipguard, so not replaced; nothing was written`)
    }
    for (const [i, path] of paths.entries()) replace(path, (files[i] as EmittedFile).text)
  } catch (error) {
    if (error instanceof SipguardError) throw error
    throw new SipguardError('OUTPUT_FAILED', `cannot write to ${dir}: ${(error as Error).message}`, { cause: error })
  }
  return paths
}

/** Whether a file may be replaced: it is not there, or its first line says that it was written here. */
function isOurs(path: string): boolean {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  try {
    const start = Buffer.alloc(OURS.length)
    return start.toString('utf8', 0, readSync(file, start)) === OURS
  } finally {
    closeSync(file)
  }
}

/** Fail2Ban, which may start at any moment, sees the old file or the new one. It reads *.conf and *.local only. */
function replace(path: string, text: string): void {
  makeFolder(dirname(path))
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o644 })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
