import { CompressedFile } from './compressed-file.ts'
import { KeptFile } from './kept-file.ts'
import type { LineBuffer } from './lines.ts'
import type { Mark } from './mark.ts'
import { codeOf } from './reason.ts'
import { isCompressed, type Sibling } from './rotation.ts'

export type OpenFile = KeptFile | CompressedFile

/** Opens a log and what rotation has made of it, and knows how often the log's inode was truncated. */
export class Opener {
  readonly #path: string
  readonly #lines: LineBuffer
  #truncated = { id: '', times: 0 }

  constructor(path: string, lines: LineBuffer) {
    this.#path = path
    this.#lines = lines
  }

  /** The inode `dev:ino` was seen truncated so often: what is read from its start now is another content. */
  truncated(id: string, times: number): void {
    this.#truncated = { id, times }
  }

  /** The log itself, to be read from its start. @throws system errors */
  log(): Promise<KeptFile> {
    return KeptFile.open(this.#path, this.#lines, { truncations: this.#truncationsOf })
  }

  /**
   * What was found, to be read on from the mark or from its start. Null: it was renamed since, and is to be looked for again.
   * @throws system errors
   */
  async found({ path, id, ino }: Sibling, mark: Mark | null): Promise<OpenFile | null> {
    // In a copy of what the mark was made in, nobody writes.
    const finished = mark !== null && ino !== mark.ino && path !== this.#path
    try {
      const file = isCompressed(path)
        ? await CompressedFile.open(path, mark)
        : await KeptFile.open(path, this.#lines, { mark, finished, truncations: this.#truncationsOf })
      if (file.id === id) return file
      await file.close()
      return null
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  readonly #truncationsOf = (id: string): number => (id === this.#truncated.id ? this.#truncated.times : 0)
}

/**
 * Whether a file that is read to its end is a copy of a log that was truncated then: by what it was opened for; or made after one of those
 * that were written after it; or it is compressed, and one of those is the very file that the mark was made in.
 */
export function isCopy(file: OpenFile, after: readonly (Sibling | null)[]): boolean {
  if (!isCompressed(file.path)) {
    return file.finished || after.some((other) => other && !isCompressed(other.path) && other.birthtimeNs < file.birthtimeNs)
  }
  const { bornNs } = file.place
  return bornNs > 0n && after.some((other) => other?.birthtimeNs === bornNs)
}
