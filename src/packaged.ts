import { type ForkOptions, fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * What comes with the program: filters, jails, the console's files, share/, and its parts that run in a thread or a process of their own. Here
 * all of it lies beside the program; packaged-executable.ts is the same for the single executable, which holds it inside. Nobody else may
 * know where any of it is.
 */

/** Where package.json, filters/ and jails/ are: above src/ and dist/ alike. It begins paths for the two functions below, and for nothing else. */
export const packageRoot = join(import.meta.dirname, '..')

/** Where share/ is, on the disk. */
export const shareRoot = join(packageRoot, 'share')

/** The contents of a file, of the package or any other. @throws the file system's errors */
export const readFile = (path: string): Buffer => readFileSync(path)

/** Names in a folder, of the package or any other. @throws the file system's errors */
export const namesIn = (folder: string): string[] => readdirSync(folder)

/** Parts that run on their own, by their path below src/ and dist/, without the extension. */
export type ProgramPart = 'daemon/records-worker' | 'cli/configuration-process'

const partUrl = (part: ProgramPart) => new URL(`./${part}${extname(import.meta.url)}`, import.meta.url)

export const startThread = (part: ProgramPart, options: WorkerOptions): Worker => new Worker(partUrl(part), options)

export const startProcess = (part: ProgramPart, options: ForkOptions) => fork(fileURLToPath(partUrl(part)), options)

/** The words by which a shell starts this program. */
export const ownCommand = (): string => join(packageRoot, 'bin', 'sipguard.js')
