/**
 * The order of all that is written of one field: by the number it begins with (a time), then byte by byte. A total order, so that every node
 * and Redis (stored-map.lua.ts) come to the same, whatever comes first.
 */
export function isNewer(a: string, b: string): boolean {
  const difference = Number.parseFloat(a) - Number.parseFloat(b)
  return difference !== 0 ? difference > 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0
}
