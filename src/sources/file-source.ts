import { existsSync } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join, matchesGlob, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../types.ts'
import { discover } from './discover.ts'
import { FollowedFile } from './follow-file.ts'
import type { StepResult } from './follow-options.ts'
import { fromEnd, type StartOffset } from './kept-file.ts'
import { LineBuffer, noLines } from './lines.ts'
import { NO_MATCH, reasonOf } from './reason.ts'
import { headOf, isPacked, isRotationOf, look } from './rotation.ts'
import { NOTHING_LOST, type Sink, type Source } from './source.ts'

export interface SourceOptions {
  /** Read files that exist at the first start whole. */
  readonly fromStart: boolean
  /** The stored mark of a stream (LineBatch.position); asked once for each. */
  readonly resume: (stream: string) => string | undefined
  readonly now: Clock
  /** Whole sentences for people, naming the file. What lasts is told once. */
  readonly onNotice: (message: string) => void
  /** Where to begin in files that exist at the first start. Default: at their end. */
  readonly startOffset?: StartOffset
  /** The same for what is read by time, the journal: not what is older than this, epoch ms. Default: nothing older than now. */
  readonly startTime?: Clock
}

export interface FileSourceOptions extends SourceOptions {
  /** Path or glob. */
  readonly file: string
  readonly filter: string | null
}

/** What takes its turn to deliver one batch. */
interface Stepper {
  step(sink: Sink): Promise<StepResult>
}

/** Of the names under which positions in files are stored. */
const FILE_STREAM = 'file:'

/** The file that a stream of lines is read from; null: it is another kind of stream. */
export const pathOfStream = (stream: string): string | null => (stream.startsWith(FILE_STREAM) ? stream.slice(FILE_STREAM.length) : null)

/** All files are looked at this often, ms, or so rarely that it takes a tenth of the time. */
const POLL_MS = 1000
const MOST_REMEMBERED = 10_000

/**
 * Follows a path or a glob, files that do not exist yet included. Every line is delivered once over rotation and restarts, provided the
 * positions are stored with their effects; see FollowedFile. Files whose names say that they are rotated parts of a log beside them are
 * read as that log's past, not as logs of their own.
 *
 * Beside each file's position it delivers, once, that of the source itself: files without a position are new since then, and read from
 * their start.
 */
export function createFileSource(options: FileSourceOptions): Source {
  const pattern = resolve(options.file)
  const discovery = discover(options.file)
  const lines = new LineBuffer()
  const files = new Map<string, FollowedFile>()
  /** `dev:ino` and first bytes of what was read lately, so that it is not taken for new under another name. */
  const remembered = new Map<string, Buffer>()
  /** Paths whose stored mark has served its time. */
  const gone = new Set<string>()
  /** In the order in which they take their steps: one batch each, then to the end of the line. */
  const ready = new Set<Stepper>()
  let sink: Sink
  let stopped = false
  let starting: Promise<void> = Promise.resolve()
  let pumping: Promise<void> | null = null
  let polling: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let unwatch: (() => Promise<void>) | undefined
  let toldUnwatched = false
  let trouble: string | null = null

  const stream = `source:${pattern}`
  let announced = options.resume(stream) !== undefined
  const announcer: Stepper = {
    async step(to) {
      const { filter, now } = options
      const position = { stream, mark: 'started' }
      const { end: _end, skipping: _skipping, ...nothing } = noLines(0, false)
      await to({ ...nothing, source: pattern, generation: '', filter, form: 'text', receivedAtMs: now(), position, lagBytes: 0 })
      announced = true
      return 'idle'
    },
  }

  const follow = (path: string, startOffset: StartOffset | null): FollowedFile => {
    const ownStream = `${FILE_STREAM}${path}`
    const file: FollowedFile = new FollowedFile({
      path,
      stream: ownStream,
      filter: options.filter,
      resume: gone.has(path) ? undefined : options.resume(ownStream),
      startOffset,
      now: options.now,
      onNotice: options.onNotice,
      onWake: () => wake(file),
      onUnwatched(error) {
        if (toldUnwatched) return
        toldUnwatched = true
        options.onNotice(`${path}: its changes are only looked for once a second: ${reasonOf(error)}`)
      },
      lines,
    })
    files.set(path, file)
    return file
  }

  const isThere = (path: string) => files.has(path) || (matchesGlob(path, pattern) && existsSync(path))

  /** Whether a path that a glob has found is a log of its own. */
  const isLog = async (path: string): Promise<boolean> => {
    if (isPacked(path)) return false
    const there = await look(path)
    if (!there) return false
    const directory = dirname(path)
    if (isRotationOf(basename(path), (name) => isThere(join(directory, name)))) return false
    if ((await lstat(path)).isSymbolicLink() && matchesGlob(await realpath(path), pattern)) return false
    for (const file of files.values()) if (file.isReading(there.id)) return false
    const head = remembered.get(there.id)
    return !head || !(await headOf(there)).subarray(0, head.length).equals(head)
  }

  const adopt = async (path: string, startOffset: StartOffset | null): Promise<FollowedFile | undefined> => {
    const known = files.get(path)
    if (known) return known
    if (discovery.isGlob && !(await isLog(path).catch(() => false))) return undefined
    return stopped ? undefined : (files.get(path) ?? follow(path, startOffset))
  }

  const wake = (next: Stepper): void => {
    if (stopped) return
    ready.add(next)
    pumping ??= pump()
  }

  const pump = async (): Promise<void> => {
    await Promise.resolve()
    for (const next of ready) {
      if (stopped) break
      ready.delete(next)
      if ((await step(next)) !== 'more') continue
      ready.add(next)
      // Reading itself never waits: whoever else has something to do has his turn here.
      await turn()
    }
    pumping = null
  }

  const step = async (next: Stepper): Promise<StepResult> => {
    try {
      const result = await next.step(sink)
      if (trouble !== null) options.onNotice(`${pattern}: its lines are taken again`)
      trouble = null
      if (next instanceof FollowedFile) {
        if (next.contents) remember(next.contents)
        if (result === 'gone' && discovery.isGlob) {
          files.delete(next.path)
          gone.add(next.path)
        }
      }
      return result
    } catch (error) {
      // The poll tries again: whoever takes the lines may recover.
      if (trouble === null) options.onNotice(`${pattern}: its lines are not taken: ${reasonOf(error)}`)
      trouble = reasonOf(error)
      return 'idle'
    }
  }

  const remember = ({ id, head }: { id: string; head: Buffer }): void => {
    if (head.length === 0) return
    remembered.set(id, head)
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
  }

  const appeared = (path: string): void => {
    void adopt(path, null).then((file) => file && wake(file))
  }

  const poll = async (): Promise<void> => {
    if (stopped) return
    const began = performance.now()
    for (const path of await discovery.list().catch(() => [])) {
      if (stopped) return
      if (!files.has(path)) await adopt(path, null)
    }
    for (const file of files.values()) {
      if (stopped) return
      if (trouble !== null || (await file.changed())) wake(file)
    }
    if (!announced) wake(announcer)
    pollLater(Math.max(POLL_MS, 9 * (performance.now() - began)))
  }

  const pollNow = (): void => {
    polling = polling.then(poll)
  }

  const pollLater = (afterMs: number): void => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(pollNow, afterMs)
  }

  const open = async (): Promise<void> => {
    const startOffset = announced || options.fromStart ? null : (options.startOffset ?? fromEnd)
    for (const path of await discovery.list()) {
      if (stopped) return
      const file = await adopt(path, (await look(path)) ? startOffset : null)
      await file?.open()
    }
    if (stopped) return
    unwatch = discovery.watch(appeared, pollNow)
    for (const file of files.values()) wake(file)
    // After the positions of those files: a kill -9 in between must not make them new.
    if (!announced) wake(announcer)
    pollLater(POLL_MS)
  }

  return {
    start(to) {
      sink = to
      starting = open()
      return starting
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await starting.catch(() => {})
      await unwatch?.()
      await Promise.all([pumping, polling])
      await Promise.all([...files.values()].map((file) => file.close()))
    },
    status() {
      if (files.size === 0) return [{ name: pattern, lagBytes: 0, lastLineAtMs: null, trouble: trouble ?? NO_MATCH, ...NOTHING_LOST }]
      return [...files.values()].map((file) => {
        const status = file.status()
        return { ...status, trouble: status.trouble ?? trouble }
      })
    },
  }
}
