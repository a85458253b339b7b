import { once } from 'node:events'
import { COLOUR, type Palette, PLAIN } from '../report.ts'

/** Colour only on a terminal that can show it, and not where NO_COLOR asks for none (no-color.org). */
export function paletteFor(stream: { readonly isTTY?: boolean }): Palette {
  return stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb' ? COLOUR : PLAIN
}

export interface PrinterOptions {
  /** Characters written in one piece. Default: 64 Ki. */
  readonly piece?: number
  /**
   * Characters that may wait for a slow reader; past it lines are left out. Default: any number, for who waits for `taken`. A daemon must
   * neither wait for whoever reads what it prints nor fill its memory for him.
   */
  readonly mostWaiting?: number
  /** Lines were left out, so many since they last were not. Called when the reader takes them again. */
  readonly onLeftOut?: (lines: number) => void
}

/** Collects what is printed and writes it in large pieces, so that a million lines do not make a million system calls. */
export function createPrinter(stream: NodeJS.WriteStream, options: PrinterOptions = {}) {
  const { piece: limit = 64 * 1024, mostWaiting = Number.POSITIVE_INFINITY, onLeftOut } = options
  let pending = ''
  let scheduled = false
  let leftOut = 0
  const flush = () => {
    scheduled = false
    if (pending) stream.write(pending)
    pending = ''
  }
  return {
    line(text: string): void {
      if (stream.writableLength > mostWaiting) {
        leftOut++
        return
      }
      if (leftOut > 0) onLeftOut?.(leftOut)
      leftOut = 0
      pending += `${text}\n`
      if (pending.length >= limit) flush()
      else if (!scheduled) {
        scheduled = true
        setImmediate(flush)
      }
    },
    flush,
    /** Resolves when the reader has taken most of what was printed. */
    async taken(): Promise<void> {
      if (stream.writableNeedDrain) await once(stream, 'drain')
    },
  }
}

/** What happens when what we print cannot be written. Closed early by `head` and the like: nothing is wrong, and we end quietly. */
export function whenOutputFails(stream: NodeJS.WriteStream, then: (error: Error) => void): void {
  stream.removeAllListeners('error')
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    then(error)
  })
}
