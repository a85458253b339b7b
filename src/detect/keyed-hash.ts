import { randomBytes } from 'node:crypto'

/** Drawn when the process starts. */
const [KEY_0, KEY_1] = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()]
const NUMBERS = 3
const FINAL_ROUNDS = 3

/**
 * 32 bits of three numbers of 32 bits and a text's UTF-16 units, by HalfSipHash-1-3 (https://github.com/veorq/SipHash, halfsiphash.c)
 * under a secret key: neither what attackers call themselves nor the addresses they forge can be chosen so that they collide.
 */
export function keyedHash(a: number, b: number, c: number, text: string): number {
  const whole = text.length >> 1
  const end = NUMBERS + whole
  let v0 = KEY_0
  let v1 = KEY_1
  let v2 = KEY_0 ^ 0x6c796765
  let v3 = KEY_1 ^ 0x74656462
  for (let i = 0; i <= end + FINAL_ROUNDS; i++) {
    let word = 0
    if (i < NUMBERS) word = i === 0 ? a : i === 1 ? b : c
    else if (i < end) word = text.charCodeAt(2 * (i - NUMBERS)) | (text.charCodeAt(2 * (i - NUMBERS) + 1) << 16)
    else if (i === end) word = (text.length & 1 ? text.charCodeAt(2 * whole) : 0) | (text.length << 16)
    else if (i === end + 1) v2 ^= 0xff
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
