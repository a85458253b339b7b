import { open, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { chunksOf, compressedHead } from './compressed-file.ts'
import { idOf } from './kept-file.ts'
import { HEAD_BYTES, headFits, type Mark } from './mark.ts'

const DATE = String.raw`(?:\d{8,14}|\d{4}-\d\d-\d\d[\dT:_.-]*)`
/** How a compressed file's name ends, whether it can be read here or not. */
const PACKED = String.raw`(?:\.(?:gz|zst|xz|bz2|lz4))`
/** What rotation appends: `.1`, `-20260115`, `.2026-01-15-10-30-45.1`, `.old`. A port (`opensips-5060`) is none. */
const APPENDED = new RegExp(String.raw`^(?:[._-](?:\d{1,3}|${DATE}|old|bak|prev))+${PACKED}?$`)
/** logrotate's `extension .log`: the date stands before it, `opensips-20260115.log`. */
const DATED = new RegExp(String.raw`^(.+?)[._-]${DATE}(\.[A-Za-z]+?)${PACKED}?$`)

/** Rotation takes moments; what does not settle is looked at again with the next step. */
const MOST_TRIES = 20

const withoutDate = (name: string): string => name.replaceAll(new RegExp(DATE, 'g'), '')

/** Whether a file of this name is an older part of a log beside it, whose name `isLog` knows. */
export function isRotationOf(name: string, isLog: (name: string) => boolean): boolean {
  for (let end = name.length - 1; end > 0; end--) {
    if (APPENDED.test(name.slice(end)) && isLog(name.slice(0, end))) return true
  }
  const dated = DATED.exec(name)
  return dated !== null && isLog(`${dated[1]}${dated[2]}`)
}

/** When a file was last written and when it was made, epoch ns. */
type Times = { readonly mtimeNs: bigint; readonly birthtimeNs: bigint }

/** A file in a log's directory, as found. */
export interface Sibling extends Times {
  readonly path: string
  readonly id: string
  readonly ino: string
  readonly size: number
}

/** Whether one file was written after another. The kernel's clock for files stands still for milliseconds: then the one made later. */
function isLater(a: Times, b: Times): boolean {
  return a.mtimeNs > b.mtimeNs || (a.mtimeNs === b.mtimeNs && a.birthtimeNs > b.birthtimeNs)
}

/** Compressed in a form that can be read here. */
export const isCompressed = (path: string): boolean => /\.(?:gz|zst)$/.test(path)

/** Compressed in a form that cannot. */
const isSealed = (path: string): boolean => /\.(?:xz|bz2|lz4)$/.test(path)

/** Written by rotation, never by a server. */
export const isPacked = (path: string): boolean => isCompressed(path) || isSealed(path)

/** The regular file that a path leads to. */
export async function look(path: string): Promise<Sibling | null> {
  try {
    const stats = await stat(path, { bigint: true })
    if (!stats.isFile()) return null
    const { ino, size, mtimeNs, birthtimeNs } = stats
    return { path, id: idOf(stats), ino: String(ino), size: Number(size), mtimeNs, birthtimeNs }
  } catch {
    return null
  }
}

/** What a path leads to, as far as a look at it can tell. */
export const identity = (file: Sibling | null): string => (file ? `${file.id}:${file.size}:${file.mtimeNs}` : 'nothing')

async function filesIn(directory: string, wanted: (name: string) => boolean): Promise<Sibling[]> {
  const names = await readdir(directory).catch(() => [])
  const files = await Promise.all(names.filter(wanted).map((name) => look(join(directory, name))))
  return files.filter((file) => file !== null)
}

/**
 * The log itself and its rotated parts: by their names, and where the log is a symbolic link to a dated file, those with other dates.
 * Beside its original, a compressed file is still being written and left out.
 */
async function family(path: string): Promise<Sibling[]> {
  const name = basename(path)
  const target = await realpath(path).catch(() => path)
  const current = basename(target)
  const isOtherDate = (other: string) => withoutDate(current) !== current && withoutDate(other) === withoutDate(current)
  const files = [
    ...(await filesIn(dirname(path), (other) => other === name || isRotationOf(other, (log) => log === name))),
    ...(current === name ? [] : await filesIn(dirname(target), isOtherDate)),
  ]
  const originals = new Set(files.map((file) => file.path))
  return files.filter((file) => !(isPacked(file.path) && originals.has(file.path.replace(/\.\w+$/, ''))))
}

/**
 * What a search in the family finds. Repeated while files are being renamed: names would lead to other files than they did before, and
 * one may be missed.
 */
async function settled<T>(path: string, search: (files: Sibling[]) => Promise<T>): Promise<T> {
  const names = (files: Sibling[]) => files.map((file) => `${file.id} ${file.path}`).join('\n')
  for (let tries = 1; ; tries++) {
    const files = await family(path)
    const result = await search(files.filter((file) => !isSealed(file.path)))
    if (tries === MOST_TRIES || names(files) === names(await family(path))) return result
  }
}

/** First bytes of a file's contents; none when it cannot be read. */
export async function headOf({ path }: { readonly path: string }): Promise<Buffer> {
  try {
    await using handle = await open(path)
    if (isCompressed(path)) return await compressedHead(chunksOf(handle))
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } catch {
    return Buffer.alloc(0)
  }
}

/**
 * The file that now holds what the mark was made in: the log itself, the same inode under another name, or else a copy, plain or
 * compressed, among the log's rotated parts; also one that ends before the mark, where the log was read on while it was being copied. The
 * device is not compared: its number may change when the machine starts again. Null: none.
 */
export function locate(path: string, mark: Mark): Promise<Sibling | null> {
  return settled(path, (files) => locateAmong(files, path, mark))
}

async function locateAmong(files: Sibling[], path: string, mark: Mark): Promise<Sibling | null> {
  const plain = (file: Sibling) => !isCompressed(file.path) && file.size >= mark.offset
  const sameInode = async (candidates: Sibling[]) => {
    for (const file of candidates) if (file.ino === mark.ino && plain(file) && headFits(mark, await headOf(file))) return file
    return null
  }
  const kept = await sameInode(files)
  if (kept) return kept
  if (mark.headBytes > 0) {
    const byName = files
      .filter((file) => plain(file) || isCompressed(file.path))
      .sort((a, b) => Number(isCompressed(a.path)) - Number(isCompressed(b.path)))
    for (const file of byName) if (headFits(mark, await headOf(file))) return file
  }
  // Under any other name, beside the log or beside what the log is a symbolic link to.
  const real = await realpath(path).catch(() => path)
  for (const directory of new Set([dirname(path), dirname(real)])) {
    const renamed = await sameInode(await filesIn(directory, () => true))
    if (renamed) return renamed
  }
  return shortCopy(files, path, mark)
}

/** A copy that was made before the log was read to the mark; the longest. */
async function shortCopy(files: Sibling[], path: string, mark: Mark): Promise<Sibling | null> {
  if (mark.headBytes === 0) return null
  const copies = files.filter((file) => file.path !== path && file.ino !== mark.ino && !isCompressed(file.path))
  for (const copy of copies.sort((a, b) => b.size - a.size)) if (headFits(mark, await headOf(copy))) return copy
  return null
}

/**
 * What is to be read after a file that is no longer the log: the oldest rotated part that was written later and holds something, else
 * the log itself once it holds something. Null: nothing yet. `mark` is one made in the file that is being left.
 */
export function nextAfter(path: string, left: Times & { readonly id: string }, mark: Mark): Promise<Sibling | null> {
  return settled(path, (files) => nextAmong(files, path, left, mark))
}

async function nextAmong(files: Sibling[], path: string, left: Times & { readonly id: string }, mark: Mark): Promise<Sibling | null> {
  const log = files.find((file) => file.path === path)
  const later = files.filter((file) => file.id !== log?.id && file.id !== left.id && isLater(file, left) && file.size > 0)
  later.sort((a, b) => (isLater(a, b) ? 1 : -1))
  for (const file of later) {
    // What is being left, compressed by something that does not keep the time.
    if (isCompressed(file.path) && mark.headBytes > 0 && headFits(mark, await headOf(file))) continue
    if (log && (await isCopyInTheMaking(file, log))) continue
    return file
  }
  return log && log.id !== left.id && log.size > 0 ? log : null
}

/** Whether a part is being copied from the log just now: its lines are still in the log, which is truncated only afterwards. */
async function isCopyInTheMaking(part: Sibling, log: Sibling): Promise<boolean> {
  if (isCompressed(part.path) || part.birthtimeNs <= log.birthtimeNs) return false
  const head = await headOf(part)
  return head.length > 0 && (await headOf(log)).subarray(0, head.length).equals(head)
}

/**
 * Rotated parts that nobody can read here, written after this moment (epoch ns): they may hold lines that were not read.
 */
export async function sealedSince(path: string, sinceNs: bigint): Promise<string[]> {
  const files = await family(path)
  return files.filter((file) => isSealed(file.path) && file.mtimeNs > sinceNs).map((file) => file.path)
}

/**
 * A log with its rotated parts that can be read here, the oldest first; of the parts only those written since then, epoch ms. The log itself
 * is always the last, whether it is there or not.
 */
export async function partsOf(path: string, sinceMs: number): Promise<string[]> {
  const parts = (await family(path)).filter((file) => file.path !== path && !isSealed(file.path) && Number(file.mtimeNs) / 1e6 >= sinceMs)
  parts.sort((a, b) => (isLater(a, b) ? 1 : -1))
  return [...parts.map((file) => file.path), path]
}
