import { SipguardError } from '../errors.ts'

/** One batch for the kernel: null when all of it is in place, else why it was refused as a whole. */
export type Apply<T> = (items: readonly T[]) => Promise<string | null>

/**
 * Applies a batch of which the kernel takes all or nothing, halving what it refuses until the guilty items stand alone, so that they
 * never lose the others. When apply throws SipguardError nobody can be asked: the whole batch is refused without halving.
 */
export async function applyBatch<T>(apply: Apply<T>, items: readonly T[]): Promise<{ item: T; reason: string }[]> {
  let reason: string | null
  try {
    reason = await apply(items)
  } catch (error) {
    if (!(error instanceof SipguardError)) throw error
    const { message } = error
    return items.map((item) => ({ item, reason: message }))
  }
  if (reason === null) return []
  const [only] = items
  if (items.length === 1 && only !== undefined) return [{ item: only, reason }]
  const middle = items.length >> 1
  return [...(await applyBatch(apply, items.slice(0, middle))), ...(await applyBatch(apply, items.slice(middle)))]
}
