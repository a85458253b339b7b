/**
 * Items by the time they are due: a binary heap, so that adding and taking cost log n and asking whether anything is due costs nothing.
 * Items are never taken out early: who takes one looks whether it still holds.
 */
export class Deadlines<T> {
  readonly #heap: { readonly atMs: number; readonly item: T }[] = []

  add(atMs: number, item: T): void {
    const heap = this.#heap
    const added = { atMs, item }
    let at = heap.push(added) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.atMs <= atMs) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = added
  }

  /** The item due first, if it is due by then. */
  take(untilMs: number): T | undefined {
    const heap = this.#heap
    const top = heap[0]
    if (!top || top.atMs > untilMs) return undefined
    const last = heap.pop()!
    if (heap.length === 0) return top.item
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++
      if (heap[child]!.atMs >= last.atMs) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top.item
  }
}
