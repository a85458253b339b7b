import { COLOUR, type Palette, PLAIN } from '../report.ts'

/** Colour only on a terminal, and not where NO_COLOR asks for none (no-color.org). */
export function paletteFor(stream: { readonly isTTY?: boolean }): Palette {
  return stream.isTTY && !process.env.NO_COLOR ? COLOUR : PLAIN
}

/** Collects what is printed and writes it in large pieces, so that a million lines do not make a million system calls. */
export function createPrinter(stream: NodeJS.WriteStream, limit = 64 * 1024) {
  let pending = ''
  let scheduled = false
  const flush = () => {
    scheduled = false
    if (pending) stream.write(pending)
    pending = ''
  }
  return {
    line(text: string): void {
      pending += `${text}\n`
      if (pending.length >= limit) flush()
      else if (!scheduled) {
        scheduled = true
        setImmediate(flush)
      }
    },
    flush,
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
