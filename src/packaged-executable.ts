import { type ForkOptions, fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { getAssetKeys, getRawAsset } from 'node:sea'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type * as packaged from './packaged.ts'
import type { ProgramPart } from './packaged.ts'

/** packaged.ts as the single executable has it (scripts/executable.ts): all but share/ is inside the one file. */

/** No path of a file system: a message that names a shipped file shows that it is inside. */
export const packageRoot = 'sipguard:'

/** Where the Debian package puts it (scripts/deb/). */
export const shareRoot = '/usr/share/sipguard'

export function readFile(path: string): Buffer {
  const key = keyOf(path)
  if (key === null) return readFileSync(path)
  if (!getAssetKeys().includes(key)) throw missing(path)
  return Buffer.from(getRawAsset(key))
}

export function namesIn(folder: string): string[] {
  const key = keyOf(folder)
  if (key === null) return readdirSync(folder)
  const names = getAssetKeys().flatMap((each) => (each.startsWith(`${key}/`) ? [each.slice(key.length + 1).split('/', 1)[0]!] : []))
  if (names.length === 0) throw missing(folder)
  return [...new Set(names)]
}

/** An asset's name, or null for a path of the file system. */
const keyOf = (path: string) => (path.startsWith(`${packageRoot}/`) ? path.slice(packageRoot.length + 1) : null)

const missing = (path: string) => Object.assign(new Error(`ENOENT: not in this executable: ${path}`), { code: 'ENOENT' })

export const startThread = (part: ProgramPart, options: WorkerOptions): Worker =>
  new Worker(Buffer.from(getRawAsset(`${part}.js`)).toString('utf8'), { ...options, eval: true })

/** The executable itself, told by its first argument which part it is to be. */
export const startProcess = (part: ProgramPart, options: ForkOptions) => fork(`--part=${part}`, options)

export const ownCommand = (): string => process.execPath

void ({ packageRoot, shareRoot, readFile, namesIn, startThread, startProcess, ownCommand } satisfies typeof packaged)
