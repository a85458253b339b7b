/** What a rhythm or a queue keeps, in the place of a disk. */
export function createMemory() {
  const kept = new Map<string, string>()
  return {
    kept,
    put(key: string, data: string | null): void {
      if (data === null) kept.delete(key)
      else kept.set(key, data)
    },
  }
}
