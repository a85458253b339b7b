import { ApiError } from '../api.ts'
import { createStore, useStore } from '../store.ts'
import { Hostile } from './text.tsx'

interface Message {
  readonly id: number
  readonly text: string
  readonly bad: boolean
}

const STAYS_MS = 8000

const messages = createStore<readonly Message[]>([])
let ids = 0

function drop(id: number): void {
  messages.set(messages.get().filter((message) => message.id !== id))
}

function tell(text: string, bad: boolean): void {
  const id = ++ids
  messages.set([...messages.get().slice(-3), { id, text, bad }])
  // A fault stays until it was read.
  if (!bad) setTimeout(drop, STAYS_MS, id)
}

/** Says what was done. */
export const say = (text: string): void => tell(text, false)

/** Says what was not done. */
export const complain = (text: string): void => tell(text, true)

/** Says why the server refused something; what else is thrown is a fault of ours, and thrown on. */
export function sayError(error: unknown): void {
  if (!(error instanceof ApiError)) throw error
  complain(error.message)
}

/** Says what came of a piece of work, and then does what follows; where it failed says why, and nothing follows. */
export async function attempt(work: () => Promise<string>, ...following: readonly (() => void)[]): Promise<void> {
  try {
    say(await work())
    for (const follow of following) follow()
  } catch (error) {
    sayError(error)
  }
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {useStore(messages).map(({ id, text, bad }) => (
        <div key={id} class={bad ? 'toast bad' : 'toast'}>
          <Hostile text={text} />
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => drop(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  )
}
