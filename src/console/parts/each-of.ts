import { ApiError } from '../api.ts'

/** Asked of the daemon at the same time. */
const TOGETHER = 4

export interface Outcome {
  readonly done: number
  readonly refused: readonly { readonly target: string; readonly message: string }[]
}

/** Does one thing to many targets; what is refused does not stop the others. */
export async function eachOf(
  targets: readonly string[],
  act: (target: string) => Promise<unknown>,
  onProgress: (done: number) => void = () => {},
): Promise<Outcome> {
  const refused: { target: string; message: string }[] = []
  const waiting = [...targets].reverse()
  let finished = 0
  async function work(): Promise<void> {
    for (let target = waiting.pop(); target !== undefined; target = waiting.pop()) {
      try {
        await act(target)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        refused.push({ target, message: error.message })
      }
      onProgress(++finished)
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, work))
  return { done: targets.length - refused.length, refused }
}
