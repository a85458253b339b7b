/** Bytes to be read four at a time, which takes a third of reading them one by one. Many lines share a buffer: the last one's view is kept. */
export class Words {
  #bytes: Uint8Array = new Uint8Array()
  #view: DataView = new DataView(new ArrayBuffer())

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    return this.#view
  }
}

/** How many bytes are alike, up to `most`. */
export function alike(a: DataView, atA: number, b: DataView, atB: number, most: number): number {
  let same = 0
  while (same + 4 <= most && a.getInt32(atA + same, true) === b.getInt32(atB + same, true)) same += 4
  while (same < most && a.getUint8(atA + same) === b.getUint8(atB + same)) same++
  return same
}
