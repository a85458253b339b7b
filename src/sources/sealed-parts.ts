import { existsSync } from 'node:fs'
import { sealedSince } from './rotation.ts'

/** Rotated parts of a log that may hold unread lines, in a compression that cannot be read here. */
export class SealedParts {
  readonly #path: string
  readonly #onNotice: (message: string) => void
  #parts: readonly string[] = []

  /** @param path the log @param onNotice told of each part once */
  constructor(path: string, onNotice: (message: string) => void) {
    this.#path = path
    this.#onNotice = onNotice
  }

  /** What is wrong as long as such a part is there, and what to do; else null. */
  get trouble(): string | null {
    this.#parts = this.#parts.filter((path) => existsSync(path))
    return this.#parts[0] === undefined ? null : textOf(this.#parts[0])
  }

  /** Nothing written after this moment (epoch ns) has been read. */
  async look(sinceNs: bigint): Promise<void> {
    const found = (await sealedSince(this.#path, sinceNs)).filter((path) => !this.#parts.includes(path))
    for (const path of found) this.#onNotice(textOf(path))
    this.#parts = [...this.#parts, ...found]
  }
}

const textOf = (path: string) =>
  `${path} may hold lines that were not read, and its compression cannot be read here: let logrotate use gzip or zstd (compresscmd)`
