import { type FSWatcher, watch } from 'node:fs'
import { codeOf } from './reason.ts'

/** The kernel's word that something happened to a few paths. */
export class Watches {
  #watchers: FSWatcher[] = []
  readonly #onChange: () => void
  readonly #onUnwatched: (error: unknown) => void

  /** `onUnwatched`: the kernel cannot tell of a path. */
  constructor(onChange: () => void, onUnwatched: (error: unknown) => void) {
    this.#onChange = onChange
    this.#onUnwatched = onUnwatched
  }

  get size(): number {
    return this.#watchers.length
  }

  /** A path that does not exist is none. */
  add(path: string): void {
    try {
      const watcher = watch(path, { persistent: false }, this.#onChange)
      watcher.on('error', () => watcher.close())
      this.#watchers.push(watcher)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#onUnwatched(error)
    }
  }

  end(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }
}
