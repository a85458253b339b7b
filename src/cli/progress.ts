import { forTerminal } from '../escape.ts'

const WIDTH = 30
const EVERY_MS = 100

/** A progress bar over several files on a terminal; nothing anywhere else. */
export function createProgress(stream: NodeJS.WriteStream, files: number) {
  const read = new Map<number, number>()
  const totals = new Map<number, number | null>()
  let lastMs = 0
  let isShown = false
  const sum = (map: ReadonlyMap<number, number | null>) => [...map.values()].reduce((all: number, size) => all + (size ?? 0), 0)
  return {
    /** Bytes (or bans) done of one of the files, `index` from 0; `total` null: unknown (standard input). */
    show(index: number, file: string, readBytes: number, totalBytes: number | null): void {
      if (!stream.isTTY) return
      read.set(index, readBytes)
      totals.set(index, totalBytes)
      const now = performance.now()
      if (now - lastMs < EVERY_MS) return
      lastMs = now
      const known = totals.size === files && ![...totals.values()].includes(null)
      const share = known ? Math.min(1, sum(read) / Math.max(1, sum(totals))) : 0
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '·')
      const done = known ? `${Math.floor(share * 100)}%` : `${(sum(read) / 1e6).toFixed(0)} MB`
      isShown = true
      stream.write(`\r\x1b[K${bar} ${done} ${files > 1 ? `${files} files` : forTerminal(file)}`)
    },
    /** Takes the bar away, until it is shown again. */
    clear(): void {
      if (isShown) stream.write('\r\x1b[K')
      isShown = false
    },
  }
}
