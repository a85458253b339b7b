import type { Filter, FilterRule } from '../config/types.ts'
import { forTerminal, toJsonLine } from '../escape.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import { type FilterProof, proveFilter, renderFinding } from '../prove/index.ts'
import { printedSamples, samplesOf } from '../samples/index.ts'
import { findingPlaces, sameServer, tellFindings } from './filter-proof.ts'

export interface FilterCheck {
  /** Every rule is proved, or says `verdict: runtime`. */
  readonly ok: boolean
  /** Lines for people. */
  readonly text: readonly string[]
  /** An object for each rule, and for each echo shape that is at fault. */
  readonly json: readonly string[]
}

/**
 * Proves one filter, as `sipguard filter check` tells it.
 * @param shipped filters to prove it against where their prefix is the same
 * @param dir samples, which a proof must not rule out; null: there are none
 */
export function checkFilter(filter: Filter, shipped: readonly Filter[], dir: string | null): FilterCheck {
  const startMs = performance.now()
  const progress = createProgress(filter)
  const proof = proveFilter(filter, {
    against: sameServer(filter, shipped),
    samples: dir === null ? [] : printedSamples(filter, samplesOf(filter.name, dir)),
    onRule: progress.show,
  })
  progress.clear()
  return { ok: proof.ok, text: asText(filter, proof, (performance.now() - startMs) / 1000), json: asJson(filter, proof) }
}

function asText(filter: Filter, { rules, echo }: FilterProof, seconds: number): string[] {
  const count = (verdict: string) => rules.filter((rule) => rule.verdict === verdict).length
  const faults = echo.length > 0 ? `, ${echo.length} ${echo.length === 1 ? 'echo shape' : 'echo shapes'} at fault` : ''
  const counts = `${count('proved')} rules proved, ${count('runtime')} runtime, ${count('refused')} refused${faults}`
  const runtime = rules
    .filter(({ verdict }) => verdict === 'runtime')
    .map(({ rule, findings }) => `${rule}: verdict: runtime (${whyRuntime(findings.length)})`)
  const findings = [...echo, ...rules.flatMap((rule) => (rule.verdict === 'refused' ? rule.findings : []))]
  return [
    `${filter.name}: ${counts}, ${seconds.toFixed(1)} s`,
    ...[...runtime, ...whatIsForgeable(filter), ...tellFindings(filter, findings)].map((line) => forTerminal(`  ${line}`)),
  ]
}

/** The proof speaks of messages; whole lines, prefix and all, are the prefix's matter. */
function whatIsForgeable({ prefix }: Filter): string[] {
  const { own, imitable } = SERVER_PREFIXES[prefix]
  const forms = own.filter((form) => form.includes('(?<forgeable>')).length + (imitable === undefined ? 0 : 1)
  if (forms === 0) return []
  return [
    `${forms} line ${forms === 1 ? 'form' : 'forms'} of ${prefix} can be made by a caller: refuted, so recognised and not counted (forgeable)`,
  ]
}

function whyRuntime(findings: number): string {
  if (findings === 0) return 'it can be proved: these words can go'
  return `${findings === 1 ? '1 finding' : `${findings} findings`}: each of its lines is read in every way, and bans nobody where they differ`
}

function asJson(filter: Filter, { rules, echo }: FilterProof): string[] {
  const place = findingPlaces(filter)
  const faulty = Map.groupBy(echo, ({ rule }) => rule)
  const shapes = [...faulty].map(([rule, findings]) => ({ rule, verdict: 'refused', findings }))
  return [...rules, ...shapes].map(({ rule, verdict, findings }) =>
    toJsonLine({
      filter: filter.name,
      rule,
      verdict,
      findings: findings.map((finding) => ({ ...finding, place: place(finding), message: renderFinding(finding) })),
    }),
  )
}

/** One line on a terminal, rewritten; nothing anywhere else. */
function createProgress({ name, rules }: { readonly name: string; readonly rules: readonly FilterRule[] }) {
  const stream = process.stderr
  return {
    show(id: string): void {
      if (!stream.isTTY) return
      const nth = rules.findIndex((rule) => rule.id === id) + 1
      stream.write(`\r\x1b[Kproving ${name}: rule ${nth} of ${rules.length}, ${id}`)
    },
    clear(): void {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}
