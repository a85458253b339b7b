const DOT = 46
const ZERO = 48

/** The 32 bits of a canonical IPv4 address (as a signed number); null for any other text. */
export function parseIPv4(text: string): number | null {
  if (text.length > 15) return null
  let address = 0
  let byte = 0
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT) {
      address = (address << 8) | byte
      byte = 0
      dots++
    } else if (code >= ZERO && code < ZERO + 10) byte = byte * 10 + code - ZERO
    else return null
  }
  return dots === 3 ? (address << 8) | byte : null
}

export function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}
