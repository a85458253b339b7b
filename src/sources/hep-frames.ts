import type { Frames } from './tcp-listener.ts'

const MAGIC = Buffer.from('HEP3')
/** The magic and the length of the whole packet, in network order. */
const HEAD = 6

/**
 * Takes the packets out of one TCP connection: HEPv3 says its length, 64 KiB at most. Where no packet of it can begin, so with the older
 * versions, all that is there is taken as one packet, so that whoever reads it says what is wrong, and the connection is lost.
 */
export class HepFrames implements Frames {
  #rest: Buffer = Buffer.alloc(0)
  lost = false

  take(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const packets: Buffer[] = []
    let at = 0
    while (at < bytes.length && !this.lost) {
      const end = endOf(bytes, at)
      if (end === null) break
      this.lost = end === 'lost'
      packets.push(bytes.subarray(at, end === 'lost' ? bytes.length : end))
      at += packets.at(-1)!.length
    }
    this.#rest = Buffer.from(bytes.subarray(at))
    return packets
  }

  get unfinished(): boolean {
    return this.#rest.length > 0
  }
}

/** Where the packet that begins at `at` ends; null: it is not all there. */
function endOf(bytes: Buffer, at: number): number | 'lost' | null {
  const here = bytes.length - at
  if (bytes.compare(MAGIC, 0, Math.min(here, MAGIC.length), at, at + Math.min(here, MAGIC.length)) !== 0) return 'lost'
  if (here < HEAD) return null
  const length = bytes.readUInt16BE(at + MAGIC.length)
  if (length < HEAD) return 'lost'
  return here < length ? null : at + length
}
