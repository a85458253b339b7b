import { forTerminal } from '../escape.ts'
import type { Span } from '../pattern/readings.ts'

/** A line that a rule and something else of the server both have; one character a byte. */
export interface Witness {
  readonly text: string
  /** Where the rule reads the address; null for a rule without one. */
  readonly rule: Span | null
  /** Where the server writes it in the other shape; null for a shape without one. */
  readonly shape: Span | null
  /** The field that can hold such text; null: text outside the fields. */
  readonly field: string | null
}

/** Something that keeps a rule from being proved. `rule` is its id, or the echo shape itself. */
export type Finding =
  /** A line of another shape, or of its own, in which the rule reads an address that the server did not write there. */
  | { readonly kind: 'injection'; readonly rule: string; readonly against: string; readonly witness: Witness }
  /** A line that is another rule's too, or nobody's failure, with the right address. */
  | { readonly kind: 'overlap'; readonly rule: string; readonly against: string; readonly witness: Witness }
  /** Somebody can make his own line ignored. */
  | { readonly kind: 'evasion'; readonly rule: string; readonly ignored: string; readonly kept: string; readonly field: string | null }
  /** Matching takes more than linear time on the pump string, repeated. */
  | {
      readonly kind: 'time'
      readonly rule: string
      readonly of: 'failregex' | 'ignoreregex'
      readonly time: 'exponential' | 'polynomial'
      readonly pump: string
    }
  /** It matches nothing, so a proof would say nothing. */
  | { readonly kind: 'vacuous'; readonly rule: string; readonly what: string }
  /** Outside the pattern language. */
  | { readonly kind: 'refused'; readonly rule: string; readonly why: string }

/** A finding for people: one paragraph on one line, safe to print on a terminal. */
export function renderFinding(finding: Finding): string {
  return forTerminal(`${finding.rule}: ${describe(finding)}`)
}

function describe(finding: Finding): string {
  switch (finding.kind) {
    case 'injection':
      return `reads ${address(finding.witness, 'rule')} in a line of ${finding.against}, where the server wrote ${address(finding.witness, 'shape')}${by(finding.witness.field)}: ${show(finding.witness.text)}`
    case 'overlap':
      return `also matches a line of ${finding.against}: ${show(finding.witness.text)}`
    case 'evasion':
      return `the ignoreregex depends on text that anybody may write${by(finding.field)}: it ignores ${show(finding.ignored)} and not ${show(finding.kept)}`
    case 'time':
      return `the ${finding.of} takes ${finding.time} time on a line that repeats ${show(finding.pump)}`
    case 'vacuous':
      return finding.what
    case 'refused':
      return finding.why
  }
}

function address(witness: Witness, whose: 'rule' | 'shape'): string {
  const span = witness[whose]
  return span ? `${show(witness.text.slice(span.start, span.end))} (bytes ${span.start} to ${span.end})` : 'no address'
}

const by = (field: string | null) => (field === null ? '' : ` (field ${field})`)

/** Bytes in quotes, as the UTF-8 text they are where they are. */
function show(text: string): string {
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  return `'${decoded.includes('\ufffd') ? text.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`) : decoded}'`
}
