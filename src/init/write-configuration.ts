import { chownSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { loadConfig } from '../config/index.ts'
import { SipguardError } from '../errors.ts'
import { makeFolder } from '../folder.ts'

export interface Written {
  /** Where the configuration that stood there before is now; null: there was none. */
  readonly kept: string | null
}

/**
 * Writes a configuration, whole and at once, mode 0640, for the group `sipguard` where there is one and we are root; what stood there
 * before is kept beside it as `FILE.old`. A configuration that sipguard itself would refuse is not written.
 * @throws SipguardError OUTPUT_FAILED, CONFIG_INVALID
 */
export function writeConfiguration(path: string, text: string): Written {
  try {
    makeFolder(dirname(path))
    return replace(path, text)
  } catch (error) {
    if (error instanceof SipguardError) throw error
    throw new SipguardError('OUTPUT_FAILED', `cannot write ${path}: ${(error as Error).message}`, { cause: error })
  }
}

function replace(path: string, text: string): Written {
  const temporary = `${path}.${process.pid}.tmp`
  const kept = existsSync(path) ? `${path}.old` : null
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o640 })
    loadConfig(temporary)
    const group = groupId('sipguard')
    if (group !== null && process.getuid?.() === 0) chownSync(temporary, 0, group)
    if (kept !== null) copyFileSync(path, kept)
    renameSync(temporary, path)
    return { kept }
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function groupId(name: string): number | null {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`))
  return line === undefined ? null : Number(line.split(':')[2])
}
