import type { FilterRule } from '../config/types.ts'
import type { Automaton } from '../pattern/automaton.ts'
import { NONE, SPACE } from '../pattern/byte-set.ts'
import { ShapeReader } from '../pattern/readings.ts'
import { ignoreAutomaton, ruleAutomaton, ruleSource, serverAutomaton } from '../pattern/shape.ts'
import type { SubsetAutomaton } from '../pattern/subset-automaton.ts'
import type { Finding } from './finding.ts'
import { superlinear } from './growth.ts'
import { evasion, ignorer } from './ignoring.ts'
import { common } from './product.ts'
import { continuation, exampleAddress, type ProvableFilter, refusal, type Shape, shapesOf } from './shapes.ts'
import { apart, illustrate, type Side } from './witness.ts'

export type { ProvableFilter }

interface RuleProof {
  readonly rule: string
  /** `runtime`: it says so, and what was found is what the run-time verdict settles. `refused`: it must not be used. */
  readonly verdict: 'proved' | 'runtime' | 'refused'
  readonly findings: readonly Finding[]
}

export interface FilterProof {
  readonly filter: string
  /** Whether the filter may be used: no rule is refused, no echo shape is at fault. */
  readonly ok: boolean
  readonly rules: readonly RuleProof[]
  /** What is wrong with the echo shapes. */
  readonly echo: readonly Finding[]
}

/** A line that the server really printed for a rule. */
export interface PrintedSample {
  readonly rule: string
  /** `FILE:LINE`, for people. */
  readonly place: string
  /** What may be its message: its text behind each place where the prefix may end, one character a byte. */
  readonly messages: readonly string[]
}

export interface ProofOptions {
  /** Other filters whose shapes the same server prints: those of the filter's prefix. */
  readonly against?: readonly ProvableFilter[]
  /** Every one must be matched by its rule and be what its shape says that the server prints. */
  readonly samples?: readonly PrintedSample[]
  /** Called before each rule. */
  readonly onRule?: (id: string) => void
}

/** A rule as it runs. */
interface Subject extends Side {
  readonly rule: FilterRule
  /** What it does not match after all: its ignoreregex, if it has one. */
  readonly without: readonly SubsetAutomaton[]
}

/**
 * Proves of each rule that no line which the server can print is read by it with an address that the server did not write there,
 * that no line is two rules', that matching takes linear time, and that none of this holds for want of lines.
 * The proof is exact; it is as good as the list of shapes and the alphabets in the guarantees.
 */
export function proveFilter(filter: ProvableFilter, { against = [], samples = [], onRule }: ProofOptions = {}): FilterProof {
  const found = new Map<string, Finding[]>(filter.rules.map((rule) => [rule.id, []]))
  const echo: Finding[] = []
  const note = (finding: Finding) => (found.get(finding.rule) ?? echo).push(finding)

  const attempt = (rule: string, check: () => void) => {
    const why = refusal(check)
    if (why !== null) note({ kind: 'refused', rule, why })
  }
  const subjects: Subject[] = []
  for (const rule of filter.rules) attempt(rule.id, () => subjects.push(subjectOf(rule)))
  // What is wrong with a rule's own shape is told of the rule; other filters are told when they are proved themselves.
  const own = shapesOf(filter, (shape, why) => shape.rule === null && note({ kind: 'refused', rule: shape.name, why }))
  const foreign = against.flatMap((other) => shapesOf(other, () => undefined, other.name))
  for (const shape of own) {
    if (shape.rule === null && !hasLine(shape.automaton)) note({ kind: 'vacuous', rule: shape.name, what: 'no line can be like this' })
  }
  for (const [i, subject] of subjects.entries()) {
    onRule?.(subject.rule.id)
    attempt(subject.rule.id, () => {
      checkAlone(subject, note)
      for (const sample of samples) if (sample.rule === subject.rule.id) checkPrinted(subject.rule, sample, note)
      const shapes = [...own, ...foreign, ...(startsWithSpace(subject.automaton) ? [] : [continuation()])]
      for (const shape of shapes) checkShape(subject, shape, note)
      for (const other of subjects.slice(i + 1)) checkOverlap(subject, other, note)
    })
  }

  const rules = filter.rules.map((rule): RuleProof => {
    const findings = found.get(rule.id) as Finding[]
    return { rule: rule.id, verdict: verdictOn(rule, findings), findings }
  })
  return { filter: filter.name, ok: echo.length === 0 && rules.every(({ verdict }) => verdict !== 'refused'), rules, echo }
}

/**
 * Whether a sample's message (without its prefix, one character a byte) is what the rule matches, and what its shape says that
 * the server prints: a proof about lines that never come is worth nothing.
 * @throws SipguardError CONFIG_INVALID for what is outside the pattern language
 */
export function checkSample(rule: FilterRule, text: string): { readonly rule: boolean; readonly shape: boolean } {
  return {
    rule: new RegExp(`^(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 's').test(text),
    shape: new ShapeReader(serverAutomaton(rule), rule.ipv6).accepts(text),
  }
}

function subjectOf(rule: FilterRule): Subject {
  return {
    rule,
    automaton: ruleAutomaton(rule),
    without: rule.ignoreregex === null ? [] : [ignorer(ignoreAutomaton(rule.ignoreregex, rule.ipv6))],
    build: (example) => ruleAutomaton(rule, exampleAddress(rule.ipv6, example)),
  }
}

/** A run-time verdict settles who wrote an address; it does not make a rule faster, or hide less. */
function verdictOn(rule: FilterRule, findings: readonly Finding[]): RuleProof['verdict'] {
  if (rule.verdict === 'runtime') return findings.every(({ kind }) => kind === 'injection' || kind === 'overlap') ? 'runtime' : 'refused'
  return findings.length === 0 ? 'proved' : 'refused'
}

type Note = (finding: Finding) => void

function checkAlone(subject: Subject, note: Note): void {
  const { rule, automaton, without } = subject
  const growth = superlinear(automaton)
  if (growth) note({ kind: 'time', rule: rule.id, of: 'failregex', ...growth })
  const server = serverAutomaton(rule)
  const meets = (ignoring: readonly SubsetAutomaton[]) => common(automaton, server, () => false, ignoring).same !== null
  if (!meets([])) note({ kind: 'vacuous', rule: rule.id, what: 'no line that the server can print is matched' })
  else if (!meets(without)) note({ kind: 'vacuous', rule: rule.id, what: 'the ignoreregex matches every line of the rule' })
  if (rule.ignoreregex !== null) checkIgnoring(subject, ignoreAutomaton(rule.ignoreregex, rule.ipv6), note)
}

function checkPrinted(rule: FilterRule, { place, messages }: PrintedSample, note: Note): void {
  const results = messages.map((text) => checkSample(rule, text))
  if (results.some((accepted) => accepted.rule && accepted.shape)) return
  const printed = results.some((accepted) => accepted.rule)
  const what = printed
    ? `the guarantees rule out the sample at ${place}, which the server printed`
    : `the sample at ${place} is not matched`
  note({ kind: 'vacuous', rule: rule.id, what })
}

function checkIgnoring({ rule, automaton, without: [ignoring], build }: Subject, ignore: Automaton, note: Note): void {
  const growth = superlinear(ignore)
  if (growth) note({ kind: 'time', rule: rule.id, of: 'ignoreregex', ...growth })
  if (!common(automaton, ignore, () => false).same)
    note({ kind: 'vacuous', rule: rule.id, what: 'the ignoreregex matches no line of the rule' })
  const found = ignoring && evasion(automaton, ignoring)
  if (found) note({ kind: 'evasion', rule: rule.id, ...(evasion(build('genuine'), ignoring) ?? found) })
}

function checkShape(subject: Subject, shape: Shape, note: Note): void {
  const { rule, automaton, without } = subject
  const both = common(automaton, shape.automaton, apart(automaton, shape.automaton), without)
  const finding = { rule: rule.id, against: shape.rule === rule ? 'its own' : shape.name }
  if (both.different) note({ kind: 'injection', ...finding, witness: illustrate(subject, shape, without, both.different, 'different') })
  if (both.same && shape.rule === null)
    note({ kind: 'overlap', ...finding, witness: illustrate(subject, shape, without, both.same, 'same') })
}

/** Exactly one rule matches a line. The other rule counts as it runs, not as what the server can print: that it is narrow is no claim. */
function checkOverlap(one: Subject, two: Subject, note: Note): void {
  const without = [...one.without, ...two.without]
  const { same } = common(one.automaton, two.automaton, apart(one.automaton, two.automaton), without)
  if (!same) return
  const witness = illustrate(one, two, without, same, 'same')
  note({ kind: 'overlap', rule: one.rule.id, against: `rule ${two.rule.id}`, witness })
  note({ kind: 'overlap', rule: two.rule.id, against: `rule ${one.rule.id}`, witness })
}

/** A rule whose own text begins with a space is only tried behind a prefix, and there a folded header is not. */
function startsWithSpace(automaton: Automaton): boolean {
  return !automaton.final[0] && [...(automaton.follow[0] as Int32Array)].every((state) => automaton.labels[state] === SPACE)
}

function hasLine(automaton: Automaton): boolean {
  const reached = new Set([0])
  for (const state of reached) {
    if (automaton.final[state]) return true
    for (const to of automaton.follow[state] as Int32Array) if (automaton.labels[to] !== NONE) reached.add(to)
  }
  return false
}
