import { randomBytes } from 'node:crypto'

/** Drawn when the process starts. */
const [KEY_0, KEY_1] = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()]
const FINAL_ROUNDS = 3

/**
 * 32 bits of so many words and of a length, by HalfSipHash-1-3 (https://github.com/veorq/SipHash, halfsiphash.c) under a secret key: neither
 * what attackers call themselves nor the addresses they forge can be chosen so that they collide.
 */
export function keyedHash(words: Int32Array, count: number, length: number): number {
  let v0 = KEY_0
  let v1 = KEY_1
  let v2 = KEY_0 ^ 0x6c796765
  let v3 = KEY_1 ^ 0x74656462
  for (let i = 0; i <= count + FINAL_ROUNDS; i++) {
    let word = 0
    if (i < count) word = words[i]!
    else if (i === count) word = length
    else if (i === count + 1) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return v1 ^ v3
}
