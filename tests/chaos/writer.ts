/**
 * A server that logs 20,000 lines a second, and the logrotate beside it; a process of its own, told by messages what to do.
 * The log's path is its argument.
 */
import { execFile } from 'node:child_process'
import { closeSync, copyFileSync, openSync, readdirSync, renameSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Gap } from './ledger.ts'
import { lineOf } from './line.ts'
import type { Rotation } from './plan.ts'

export type Order =
  | { readonly do: 'rotate'; readonly rotation: Rotation; readonly gapMs: number }
  /** Say how many lines there are. */
  | { readonly do: 'count' }
  /** Stop at a whole line. */
  | { readonly do: 'pause' }
  /** Write on; what was rotated away long ago is removed. */
  | { readonly do: 'resume' }

export interface Done {
  readonly written: number
  readonly gap: Gap | null
}

const PER_MS = 20
const TICK_MS = 5
/** More are not made up for at once, though the machine was busy. */
const MOST_AT_ONCE = 5000
const LATE_MS = 100
const KEPT = 3

const path = process.argv[2] as string
let fd = openSync(path, 'a')
let written = 0
let paused = false
let lastMs = performance.now()

function write(): void {
  const nowMs = performance.now()
  const due = Math.min(Math.floor((nowMs - lastMs) * PER_MS), MOST_AT_ONCE)
  if (due <= 0) return
  lastMs = nowMs
  const atMs = Date.now()
  let text = ''
  for (let i = 0; i < due; i++) text += lineOf(written++, atMs)
  writeSync(fd, text)
}

function reopen(): void {
  closeSync(fd)
  fd = openSync(path, 'a')
}

/** Rotated parts, the newest first. */
function rotated(): { number: number; name: string; suffix: string }[] {
  const log = basename(path)
  return readdirSync(dirname(path))
    .flatMap((name) => {
      const found = name.startsWith(`${log}.`) && /^(\d+)(\.gz)?$/.exec(name.slice(log.length + 1))
      return found ? [{ number: Number(found[1]), name, suffix: found[2] ?? '' }] : []
    })
    .sort((a, b) => a.number - b.number)
}

function shift(): void {
  for (const { number, name, suffix } of rotated().reverse()) {
    renameSync(join(dirname(path), name), `${path}.${number + 1}${suffix}`)
  }
}

async function rotate(rotation: Rotation, gapMs: number): Promise<Gap | null> {
  shift()
  if (rotation === 'copytruncate') {
    copyFileSync(path, `${path}.1`)
    const from = written
    await sleep(gapMs)
    write()
    truncateSync(path)
    return { from, to: written, atMs: Date.now() }
  }
  renameSync(path, `${path}.1`)
  if (rotation === 'rename-late') {
    closeSync(openSync(path, 'a'))
    await sleep(LATE_MS)
  }
  reopen()
  // logrotate waits for its gzip too before it rotates again; the server does not.
  if (rotation === 'rename-gzip') await promisify(execFile)('gzip', [`${path}.1`])
  return null
}

async function obey(order: Order): Promise<Gap | null> {
  if (order.do === 'rotate') return rotate(order.rotation, order.gapMs)
  if (order.do === 'count') return null
  paused = order.do === 'pause'
  lastMs = performance.now()
  if (!paused) for (const { name } of rotated().slice(KEPT)) rmSync(join(dirname(path), name))
  return null
}

process.on('message', async (order: Order) => {
  const gap = await obey(order)
  process.send?.({ written, gap } satisfies Done)
})
process.on('disconnect', () => process.exit())
setInterval(() => {
  if (!paused) write()
}, TICK_MS)
