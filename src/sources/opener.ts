import { GzipFile } from './gzip-file.ts'
import { KeptFile } from './kept-file.ts'
import type { LineBuffer } from './lines.ts'
import type { Mark } from './mark.ts'
import { codeOf } from './reason.ts'
import { isCompressed, type Sibling } from './rotation.ts'

export type OpenFile = KeptFile | GzipFile

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
        ? await GzipFile.open(path, mark)
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
