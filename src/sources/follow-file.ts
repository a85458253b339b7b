import type { FollowOptions, StepResult } from './follow-options.ts'
import { KeptFile, type StartOffset } from './kept-file.ts'
import { type Lines, noLines } from './lines.ts'
import { type Mark, parseMark } from './mark.ts'
import { isCopy, Opener, type OpenFile } from './opener.ts'
import { reasonOf } from './reason.ts'
import { identity, isCompressed, locate, look, nextAfter, type Sibling } from './rotation.ts'
import { SealedParts } from './sealed-parts.ts'
import { NOTHING_LOST, type Sink, type SourceStatus } from './source.ts'
import { Trouble } from './trouble.ts'
import { Truncations } from './truncations.ts'
import { Watches } from './watches.ts'

const SECOND_NS = 1_000_000_000n
/** A birth later than any. */
const NEVER_NS = 2n ** 63n

/** How long a deleted file must be silent until its descriptor is closed, though no new file has taken its place. */
const DELETED_QUIET_MS = 10_000

/**
 * Follows one log through its rotations. One file is open at a time, and one mark says everything: what comes after that file is found
 * by looking at the directory, the same way after a rotation as after a restart.
 *
 * - The log was renamed: its descriptor is read until a newer file holds something (its writer has moved on) and then once more to the
 *   end. An empty new file is no reason to leave: the writer may still have the old one open.
 * - The log was truncated: its unread rest is looked for in a copy; what is in none is reported.
 *
 * `step` and `open` must not overlap. Between steps nothing runs but the watchers that wake it.
 */
export class FollowedFile {
  readonly path: string
  readonly #options: FollowOptions
  readonly #opener: Opener
  #file: OpenFile | null = null
  /** Where to open when nothing is open; null: nothing was ever read here. */
  #mark: Mark | null = null
  #startOffset: StartOffset | null
  /** The start of a file without a mark is to be stored before its first line, so that a kill -9 in between loses nothing. */
  #announce = false
  /** What the path led to when there was nothing left to do. */
  #seen = ''
  /** The open file is no longer the one at the path. */
  #rotated = false
  /** A newer file holds something: what the open one has now is all it will ever have. */
  #movedOn = false
  #activeAtMs = 0
  #lastLineAtMs: number | null = null
  readonly #trouble: Trouble
  readonly #truncations: Truncations
  /** The open file is a copy, and that what it was made of was truncated has been said. */
  #toldTruncation = false
  /** When the open file was last looked into, epoch ms. */
  #lookedAtMs = 0
  readonly #sealed: SealedParts
  readonly #watches: Watches

  constructor(options: FollowOptions) {
    this.path = options.path
    this.#options = options
    this.#opener = new Opener(options.path, options.lines)
    this.#startOffset = options.startOffset
    this.#trouble = new Trouble((message) => this.#notice(message))
    this.#truncations = new Truncations((message) => this.#notice(message))
    this.#sealed = new SealedParts(options.path, (message) => this.#notice(message))
    this.#watches = new Watches(options.onWake, options.onUnwatched)
    if (options.resume !== undefined) {
      this.#mark = parseMark(options.resume)
      if (this.#mark === null) {
        this.#startOffset = null
        this.#notice('its stored position cannot be understood; it is read from its start')
      }
    }
  }

  /** Which contents are open: `dev:ino` and their first bytes. */
  get contents(): { readonly id: string; readonly head: Buffer } | null {
    return this.#file && { id: this.#file.id, head: this.#file.place.head }
  }

  /** Whether the file `dev:ino` is the open one. */
  isReading(id: string): boolean {
    return this.#file?.id === id
  }

  status(): SourceStatus {
    const lagBytes = this.#file ? Math.max(0, this.#file.size - this.#file.place.offset) : 0
    const trouble = this.#trouble.reason ?? this.#sealed.trouble
    const { swallowedBytes, truncations } = this.#truncations
    return { name: this.path, lagBytes, lastLineAtMs: this.#lastLineAtMs, trouble, ...NOTHING_LOST, swallowedBytes, truncations }
  }

  /** Opens what there is to read. Trouble is kept for `status` and told once, not thrown. */
  async open(): Promise<void> {
    if (this.#file) return
    await this.#attempt(() => this.#openAtMark())
  }

  /** Whether a step may find something to do. */
  async changed(): Promise<boolean> {
    if (this.#rotated || this.#announce || this.#trouble.reason !== null) return true
    return this.#seen !== identity(await look(this.path))
  }

  /** Delivers at most one batch. Rejects only when the sink does: then the same lines come again with the next step. */
  async step(sink: Sink): Promise<StepResult> {
    await this.open()
    const file = this.#file
    if (!file) return 'idle'
    if (this.#announce) {
      await this.#deliver(sink, file, noLines(file.place.offset, file.place.skipping))
      this.#announce = false
      return 'more'
    }
    const lines = await this.#read(file)
    if (lines === 'failed') return 'idle'
    if (lines === 'truncated') return this.#attempt(() => this.#afterTruncation(file))
    if (lines.count > 0) {
      await this.#deliver(sink, file, lines)
      return 'more'
    }
    const skipped = lines.end > file.place.offset
    file.place.moveTo(lines.end, lines.skipping)
    if (skipped) return 'more'
    if (!this.#movedOn) return this.#atEnd(file)
    const last = file.rest()
    if (last.count > 0) await this.#deliver(sink, file, last)
    return this.#attempt(() => this.#openNext(file))
  }

  async close(): Promise<void> {
    this.#watches.end()
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  async #openAtMark(): Promise<void> {
    const mark = this.#mark
    if (mark === null) {
      const file = await this.#opener.log()
      if (this.#startOffset) file.startAt(this.#startOffset)
      this.#announce = true
      return this.#use(file)
    }
    const found = await locate(this.path, mark)
    // Whatever else has this inode now was truncated, or has it anew: other contents either way.
    this.#opener.truncated(`${mark.dev}:${mark.ino}`, found?.ino === mark.ino ? mark.truncations : mark.truncations + 1)
    const next = found ?? (await this.#afterLost(mark))
    const file = next ? await this.#opener.found(next, found && mark) : await this.#opener.log()
    if (file === null) return this.#openAtMark()
    const where = file.path === this.path ? 'it is read from its start' : `reading goes on with ${file.path}`
    if (!found) this.#notice(`its stored position fits no file any more; ${where}`)
    this.#use(file)
  }

  /** What the mark was made in is gone. What was written after it may still be there. */
  async #afterLost(mark: Mark): Promise<Sibling | null> {
    if (mark.written === undefined) return null
    const writtenNs = BigInt(mark.written)
    // It may be the very file: what compresses it may keep its time in whole seconds only.
    await this.#sealed.look(writtenNs - (writtenNs % SECOND_NS) - 1n)
    return nextAfter(this.path, { id: '', mtimeNs: writtenNs, birthtimeNs: NEVER_NS }, mark)
  }

  #use(file: OpenFile): void {
    this.#file = file
    this.#mark = file.place.mark()
    this.#seen = ''
    this.#rotated = false
    this.#movedOn = false
    this.#toldTruncation = false
    this.#activeAtMs = this.#options.now()
    this.#lookedAtMs = this.#activeAtMs
    this.#watches.end()
    if (!file.finished) this.#watches.add(file.path)
    if (file.path !== this.path) this.#watches.add(this.path)
  }

  async #read(file: OpenFile): Promise<Lines | 'truncated' | 'failed'> {
    try {
      const lines = await file.read()
      if (lines !== 'truncated') this.#lookedAtMs = this.#options.now()
      return lines
    } catch (error) {
      if (file instanceof KeptFile) {
        // To be opened again where the mark says: a network file system may have lost the descriptor.
        this.#mark = file.place.mark()
        await this.close().catch(() => {})
        this.#troubled(error)
        return 'failed'
      }
      this.#notice(`${file.path} could not be read to its end: ${reasonOf(error)}`)
      return noLines(file.place.offset, file.place.skipping)
    }
  }

  async #deliver(sink: Sink, file: OpenFile, lines: Lines): Promise<void> {
    const { path, stream, filter, now } = this.#options
    const { place } = file
    const { end, skipping, ...found } = lines
    const receivedAtMs = now()
    // Asked for first: the mark then holds it too.
    const generation = lines.count > 0 ? place.generation : ''
    const position = { stream, mark: JSON.stringify(place.mark(end, skipping)) }
    const lagBytes = Math.max(0, file.size - end)
    await sink({ ...found, source: path, generation, filter, form: 'text', receivedAtMs, position, lagBytes })
    place.moveTo(end, skipping)
    this.#activeAtMs = receivedAtMs
    if (lines.count > 0) this.#lastLineAtMs = receivedAtMs
  }

  /** What was written so far has been delivered. Is this file still the log? */
  async #atEnd(file: OpenFile): Promise<StepResult> {
    const there = await look(this.path)
    const seen = identity(there)
    if (there?.id === file.id) {
      this.#rotated = false
      this.#seen = seen
      return there.size > file.size ? 'more' : 'idle'
    }
    this.#rotated = true
    if (seen !== this.#seen) {
      this.#movedOn = file.finished ? there !== null : (await nextAfter(this.path, file, file.place.mark())) !== null
      if (this.#movedOn) return 'more'
      if (there && this.#watches.size < 2) this.#watches.add(this.path)
      this.#seen = seen
    }
    if (there || !file.deleted || this.#options.now() - this.#activeAtMs < DELETED_QUIET_MS) return 'idle'
    // Nobody will find these contents again. What appears at the path is new, and read from its start.
    this.#opener.truncated(file.id, file.place.truncations + 1)
    this.#mark = null
    this.#startOffset = null
    this.#rotated = false
    await this.close()
    return 'gone'
  }

  async #openNext(file: OpenFile): Promise<void> {
    await this.#sealed.look(file.mtimeNs)
    const next = await nextAfter(this.path, file, file.place.mark())
    if (next === null && !file.finished) {
      this.#movedOn = false
      return
    }
    if (!this.#toldTruncation && isCopy(file, [next, await look(this.path)])) {
      this.#truncations.copied(file.path)
    }
    const opened = next ? await this.#opener.found(next, null) : await this.#opener.log()
    if (opened) await this.#replace(file, opened)
  }

  /**
   * Who truncates a log has made a copy first, as logrotate's copytruncate does: the unread rest is there. What was written after the copy
   * and after our last look has left no trace: that it may have been is all that can be said.
   */
  async #afterTruncation(file: OpenFile): Promise<void> {
    const mark = file.place.mark()
    const copy = await locate(this.path, mark)
    this.#opener.truncated(file.id, mark.truncations + 1)
    const next = copy ?? (await this.#afterLost(mark))
    const opened = next ? await this.#opener.found(next, copy && mark) : await this.#opener.log()
    if (opened === null) return
    const readable = copy === null ? mark.offset : isCompressed(copy.path) ? file.size : Math.max(mark.offset, copy.size)
    this.#truncations.lost(Math.max(0, file.size - readable), Math.max(0, this.#options.now() - this.#lookedAtMs))
    await this.#replace(file, opened)
    // It is not said again when the copy is left.
    this.#toldTruncation = copy !== null
  }

  async #replace(file: OpenFile, by: OpenFile): Promise<void> {
    this.#use(by)
    await file.close()
  }

  async #attempt(action: () => Promise<void>): Promise<'more' | 'idle'> {
    try {
      await action()
    } catch (error) {
      this.#troubled(error)
      return 'idle'
    }
    this.#trouble.over()
    return 'more'
  }

  #troubled(error: unknown): void {
    this.#trouble.began(error)
    this.#movedOn = false
    this.#seen = ''
  }

  #notice(message: string): void {
    this.#options.onNotice(`${this.path}: ${message}`)
  }
}
