import { forTerminal } from '../escape.ts'

const WIDTH = 30
const EVERY_MS = 100

/** A progress bar on a terminal; nothing anywhere else. */
export function createProgress(stream: NodeJS.WriteStream, files: number) {
  let lastMs = 0
  return {
    /** `total` null: unknown (standard input). */
    show(index: number, file: string, read: number, total: number | null): void {
      const now = performance.now()
      if (!stream.isTTY || now - lastMs < EVERY_MS) return
      lastMs = now
      const share = total ? Math.min(1, read / total) : 0
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '·')
      const count = files > 1 ? ` ${index + 1}/${files}` : ''
      stream.write(`\r\x1b[K${bar} ${total ? `${Math.floor(share * 100)}%` : `${(read / 1e6).toFixed(0)} MB`}${count} ${forTerminal(file)}`)
    },
    clear(): void {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}
