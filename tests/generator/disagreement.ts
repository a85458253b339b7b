import { isImitable, readFrame } from '../../src/classify/frame.ts'
import type { Classifier } from '../../src/classify/index.ts'
import { SERVER_PREFIXES } from '../../src/pattern/prefix/index.ts'
import type { KnownLine } from './generate.ts'

const READ_AT_MS = Date.UTC(2026, 0, 16)

/** What is wrong with what the classifier says of a line; null: nothing. */
export function disagreement(classifier: Classifier, known: KnownLine): string | null {
  const { bytes, form, filter, rule, ip, matched, pin } = known
  const event = classifier.classify(bytes, 0, bytes.length, pin, READ_AT_MS, READ_AT_MS)
  if (rule === null) {
    if (event === null || event.why === 'ambiguous' || event.why === 'forgeable') return null
    return `nobody's line is read as ${event.filter}/${event.rule} with ${event.ip}`
  }
  if (event !== null && event.ip !== null && event.ip !== ip)
    return `${event.filter}/${event.rule} reads ${event.ip}, the server wrote ${ip}`
  if (!matched || rule.ignoreregex !== null || form.stock || rule.verdict === 'runtime') return null
  // A message that itself begins with a space is only read behind a prefix; a folded header begins so.
  if (event === null) return form.name === 'bare' && bytes[0] === 32 ? null : 'the rule matches it, and it is not recognised'
  if (event.why === 'ambiguous') return 'a line of a proved rule is ambiguous'
  if (event.ip !== ip) return `the server wrote ${ip}, which is not reported`
  if (form.name !== 'bare' && event.rule !== rule.id) return `read as ${event.rule}`
  const imitable = isImitable(SERVER_PREFIXES[filter.prefix], readFrame(bytes.toString('latin1'))?.printed ?? '')
  const why = form.forgeable || imitable ? 'forgeable' : null
  if (event.why !== why) return `why is ${event.why}, not ${why}`
  return null
}

/** A line and what is wrong with it, for people. */
export function describe({ bytes, form, filter, rule }: KnownLine, wrong: string): string {
  return `${filter.name}/${rule?.id ?? 'echo'} (${form.name}): ${wrong}\n    ${JSON.stringify(bytes.toString('latin1'))}`
}
