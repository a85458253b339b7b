/** Ends what was started. */
export type Closer = () => Promise<void> | void

/** All of them, the last one first; the first error is thrown when all have been tried. */
export async function closeAll(closers: Closer[]): Promise<void> {
  const errors: unknown[] = []
  for (const close of closers.splice(0).reverse()) {
    try {
      await close()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
