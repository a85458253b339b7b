import { type Document, readDocument } from './document.ts'
import { Faults } from './faults.ts'

/**
 * Tells where in a filter file a value stands, as `FILE:LINE:COL`: for what is found out about a filter after it was read.
 * Of a file that has meanwhile changed, as good as may be. @throws SipguardError CONFIG_UNREADABLE
 */
export function filterPlaces(path: string): (at: readonly PropertyKey[]) => string {
  const document: Document | null = readDocument(path, new Faults())
  return (at) => {
    if (!document) return path
    const { line, column } = document.place(at)
    return `${path}:${line}:${column}`
  }
}
