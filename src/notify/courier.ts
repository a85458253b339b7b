import type { Answer, Channel, Message } from './types.ts'

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 600_000
/** What nobody took for so long is given up. */
const GIVE_UP_MS = 864e5
/** At the stop. What is not taken then waits for the next start. */
const LAST_TRY_MS = 2000

export interface CourierOptions {
  readonly channel: Channel
  /** What goes next; null: nothing waits. */
  readonly next: () => { readonly number: number; readonly message: Message } | null
  /** What became of one message: it is not to come again. */
  readonly done: (number: number) => void
  /** Of each try. */
  readonly count: (outcome: 'sent' | 'failed' | 'given_up') => void
  /** Why the last try was not taken, at each such try; null: they are again. */
  readonly onTrouble: (reason: string | null) => void
  readonly onNotice: (message: string) => void
  readonly now: () => number
  /** Before the first further try, ms. Default: 1,000. */
  readonly firstRetryMs?: number
}

export interface Courier {
  /** There may be something to carry. */
  wake(): void
  /** Waits two seconds, at most, for the message that is on its way. */
  stop(): Promise<void>
}

/** Carries messages to one channel, one after the other: each until it is taken, refused for good, or older than a day. */
export function createCourier(options: CourierOptions): Courier {
  const { channel, next, done, count, onTrouble, onNotice, now, firstRetryMs = FIRST_RETRY_MS } = options
  const abort = new AbortController()
  let retryMs = firstRetryMs
  let timer: NodeJS.Timeout | null = null
  let working: Promise<void> = Promise.resolve()
  let busy = false
  let stopping = false
  let troubled = false

  async function carry(): Promise<void> {
    try {
      for (let head = next(); head !== null && !stopping; head = next()) {
        const answer = await channel.send(head.message, abort.signal).catch(
          // A fault of ours must not end the daemon; it is said as any other.
          (error: unknown): Answer => ({ outcome: 'failed', detail: String(error) }),
        )
        // What was cut off by the stop is not known to have failed.
        if (answer.outcome !== 'taken' && abort.signal.aborted) return
        if (!settle(head, answer)) return
      }
    } finally {
      busy = false
    }
  }

  /** Whether the next message may go now. */
  function settle({ number, message }: NonNullable<ReturnType<typeof next>>, { outcome, detail }: Answer): boolean {
    tell(outcome === 'taken' ? null : detail)
    if (outcome === 'failed' && now() - message.atMs < GIVE_UP_MS) {
      count('failed')
      retryLater()
      return false
    }
    if (outcome !== 'failed') retryMs = firstRetryMs
    count(outcome === 'taken' ? 'sent' : 'given_up')
    if (outcome !== 'taken') {
      onNotice(
        `${channel.name}: a message was given up (${outcome === 'refused' ? 'refused' : 'not taken for a day'}: ${detail}): ${message.subject}`,
      )
    }
    done(number)
    return true
  }

  function retryLater(): void {
    timer = setTimeout(() => {
      timer = null
      wake()
    }, retryMs)
    retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)
  }

  function tell(reason: string | null): void {
    if (reason === null && !troubled) return
    troubled = reason !== null
    onTrouble(reason)
  }

  function wake(): void {
    if (stopping || busy || timer !== null) return
    busy = true
    working = carry()
  }

  return {
    wake,
    async stop() {
      stopping = true
      if (timer !== null) clearTimeout(timer)
      const limit = setTimeout(() => abort.abort(), LAST_TRY_MS)
      await working
      clearTimeout(limit)
    },
  }
}
