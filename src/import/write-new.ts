import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SipguardError } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import type { ImportedFile } from './written.ts'

/** Writes files that are not there yet; where one of them is, none is written. @returns their paths @throws SipguardError OUTPUT_FAILED */
export function writeNew(dir: string, files: readonly ImportedFile[]): string[] {
  const paths = files.map(({ path }) => join(dir, path))
  const there = paths.filter((path) => existsSync(path))
  if (there.length > 0) throw new SipguardError('OUTPUT_FAILED', `${there.join(', ')}: there already, so not replaced; nothing was written`)
  try {
    for (const [i, path] of paths.entries()) {
      makeFolder(dirname(path))
      writeFileSync(path, files[i]?.text ?? '', { flag: 'wx', mode: 0o640 })
    }
  } catch (cause) {
    throw new SipguardError('OUTPUT_FAILED', `cannot write to ${dir}: ${(cause as Error).message}`, { cause })
  }
  return paths
}
