import { normalizeMac } from './mac.ts'

/** MAC (12 lower-case hexadecimal digits) → the extensions it may register as. */
export type Provisioned = ReadonlyMap<string, ReadonlySet<string>>

export interface ProvisionedFault {
  /** From 1. */
  readonly line: number
  readonly message: string
}

const cell = (text: string) =>
  text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()

/**
 * Reads lines of `MAC,extension`. A title line, empty lines and those that begin with # say nothing; a phone of several extensions has
 * several lines. Every fault is told; a list with faults is not to be used.
 */
export function readProvisioned(csv: string): { readonly phones: Provisioned; readonly faults: readonly ProvisionedFault[] } {
  const phones = new Map<string, Set<string>>()
  const faults: ProvisionedFault[] = []
  let title = true
  for (const [i, line] of csv
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const [first = '', extension = '', ...more] = line.split(',').map(cell)
    const isTitle = title && /^mac/i.test(first) && !/\d/.test(first)
    title = false
    if (isTitle) continue
    const mac = normalizeMac(first)
    if (mac === null) faults.push({ line: i + 1, message: `expected a MAC such as 00:15:65:12:34:56, got '${first.slice(0, 40)}'` })
    else if (extension === '' || more.length > 0) faults.push({ line: i + 1, message: 'expected MAC,extension' })
    else phones.set(mac, (phones.get(mac) ?? new Set()).add(extension))
  }
  return { phones, faults }
}
