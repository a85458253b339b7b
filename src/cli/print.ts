import { once } from 'node:events'
import { COLOUR, type Palette, PLAIN } from '../report.ts'

/** Colour only on a terminal that can show it, and not where NO_COLOR asks for none (no-color.org). */
export function paletteFor(stream: { readonly isTTY?: boolean }): Palette {
  return stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb' ? COLOUR : PLAIN
}

export interface PrinterOptions {
  /** Bytes written in one piece. Default: 64 Ki. */
  readonly piece?: number
  /**
   * Bytes that may wait for a slow reader; past it lines are left out. Default: any number, for who waits for `taken`. A daemon must
   * neither wait for whoever reads what it prints nor fill its memory for him.
   */
  readonly mostWaiting?: number
  /** Called before each piece is written. */
  readonly onWriting?: () => void
  /** Lines were left out, so many since they last were not. Called when the reader takes them again. */
  readonly onLeftOut?: (lines: number) => void
}

/** Room for the line that goes past the limit. */
const ROOM = 4096
/** Shorter texts are written faster character by character than by a call into Node. */
const SHORT = 64
/** Most bytes that UTF-8 makes of one UTF-16 unit. */
const UTF8 = 3

/** Collects what is printed, as UTF-8, and writes it in large pieces, so that a million lines do not make a million system calls. */
export function createPrinter(stream: NodeJS.WriteStream, options: PrinterOptions = {}) {
  const { piece: limit = 64 * 1024, mostWaiting = Number.POSITIVE_INFINITY, onWriting, onLeftOut } = options
  let bytes = Buffer.alloc(0)
  let used = 0
  let scheduled = false
  let leftOut = 0
  const flush = () => {
    scheduled = false
    // A copy: it may wait for a slow reader, and must not hold more than itself.
    if (used > 0) {
      onWriting?.()
      stream.write(Buffer.from(bytes.subarray(0, used)))
    }
    used = 0
  }
  function put(text: string): void {
    const most = UTF8 * text.length
    if (bytes.length - used < most) {
      const longer = Buffer.allocUnsafeSlow(Math.max(limit, 2 * used) + most + ROOM)
      bytes.copy(longer, 0, 0, used)
      bytes = longer
    }
    if (text.length > SHORT || !putASCII(text)) used += bytes.write(text, used)
  }
  /** Whether it was. */
  function putASCII(text: string): boolean {
    const to = bytes
    const at = used
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      to[at + i] = code
    }
    used = at + text.length
    return true
  }
  return {
    /** `text`: also in pieces, each whole characters. */
    line(text: string | readonly string[]): void {
      if (stream.writableLength > mostWaiting) {
        leftOut++
        return
      }
      if (leftOut > 0) onLeftOut?.(leftOut)
      leftOut = 0
      if (typeof text === 'string') put(text)
      else for (let i = 0; i < text.length; i++) put(text[i]!)
      put('\n')
      if (used >= limit) flush()
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
