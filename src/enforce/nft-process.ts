import { setTimeout as sleep } from 'node:timers/promises'
import { SipguardError } from '../errors.ts'
import { NftGone, NftSession } from './nft-session.ts'

/** How often one line is sent before it is given up. */
const ATTEMPTS = 3
/** Before the second retry; the first is at once. */
const BACKOFF_MS = 200
/** nft keeps every line it read in memory: after this many characters it is replaced, between two lines. */
const RENEW_AFTER = 1_000_000

/** A long-lived nft that is replaced when it dies or hangs. Lines may be sent twice, so each must be idempotent. */
export class NftProcess {
  readonly #command: readonly string[]
  readonly #answerMs: number
  readonly #onNotice: (message: string) => void
  #session: NftSession | null = null

  constructor(command: readonly string[], answerMs: number, onNotice: (message: string) => void) {
    this.#command = command
    this.#answerMs = answerMs
    this.#onNotice = onNotice
  }

  /**
   * The kernel's errors for this line, empty when it is done. A living nft has the line when this returns its promise: whoever called may go
   * on to work for long. @throws SipguardError ENFORCE_FAILED when no nft gives an answer
   */
  async run(line: string): Promise<readonly string[]> {
    let why = ''
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 1) await sleep(BACKOFF_MS)
      try {
        if (this.#session !== null && this.#session.sent > RENEW_AFTER) await this.close()
        return await this.#living().ask(line, this.#answerMs)
      } catch (error) {
        if (!(error instanceof NftGone)) throw error
        why = error.message
      }
    }
    this.#onNotice(`nft ${why}; gave up after ${ATTEMPTS} attempts`)
    this.#session = null
    throw new SipguardError('ENFORCE_FAILED', `nft ${why}, ${ATTEMPTS} times in a row`)
  }

  async close(): Promise<void> {
    await this.#session?.end(this.#answerMs)
    this.#session = null
  }

  /** Started with the first line that needs it, also after it died: at the machine's stop all of us are ended at once, in any order. */
  #living(): NftSession {
    const gone = this.#session?.gone ?? null
    if (gone !== null) {
      this.#onNotice(`nft ${gone}; a new one is started and what was not confirmed is sent again`)
      this.#session = null
    }
    this.#session ??= new NftSession(this.#command)
    return this.#session
  }
}
