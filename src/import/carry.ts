import { readFailregex } from '../config/failregex.ts'
import type { Filter, FilterRule } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { ruleAutomaton } from '../pattern/shape.ts'
import { type Finding, proveFilter, renderFinding, shareLines } from '../prove/index.ts'
import type { TheirFilter } from './filter.ts'
import type { ValueLine } from './ini.ts'
import { shown, spellings, type Translated, translate } from './pattern.ts'

/** What became of one failregex. */
export interface Carried {
  readonly failregex: ValueLine
  /** Ours that find its lines: taken from the shipped filter, or its own words. */
  readonly rules: readonly { readonly id: string; readonly as: 'shipped' | 'proved' | 'runtime' | 'uncounted' }[]
  /** What of it is not carried over, and why. */
  readonly leftOut: readonly string[]
  readonly notes: readonly string[]
  /** What the proof has against its own words. */
  readonly findings: readonly Finding[]
}

export interface CarriedFilter {
  readonly carried: readonly Carried[]
  /** Rules of the filter to write, in the order of the shipped filter, then those of their words. */
  readonly rules: readonly FilterRule[]
}

/**
 * Their failregexes as rules that are proved. Where the server's shipped filter has rules for the same lines, these: they read what theirs
 * reads, and tell user and domain too. Else theirs, if it can be proved; else with the run-time verdict; else it is left out.
 */
export function carry(theirs: TheirFilter, shipped: Filter): CarriedFilter {
  const taken = new Map<string, FilterRule>()
  const own: FilterRule[] = []
  const carried = theirs.failregex.map((failregex, nth): Carried => {
    const translated = translate(failregex.text, shipped.prefix, theirs.prefixes)
    if (typeof translated === 'string') return { failregex, rules: [], leftOut: [translated], notes: [], findings: [] }
    const rules: Carried['rules'][number][] = []
    const leftOut: string[] = []
    const unknown: string[] = []
    for (const branch of translated.branches) {
      const same = shipped.rules.filter((rule) => spellings(branch).some((spelling) => sharesLines(spelling, rule)))
      if (same.length === 0) unknown.push(branch)
      for (const rule of same) {
        if (!rules.some(({ id }) => id === rule.id)) rules.push({ id: rule.id, as: rule.counted ? 'shipped' : 'uncounted' })
        taken.set(rule.id, rule)
      }
    }
    const inOwnWords = (branch: string): boolean => {
      const refused: string[] = []
      const before = rules.length
      for (const spelling of spellings(branch)) {
        const rule = ownRule(ownId(nth + 1, own), spelling)
        const tried = typeof rule === 'string' ? rule : provable(rule, own, shipped)
        if (typeof tried === 'string') refused.push(`^${spelling}$: ${tried}`)
        else {
          own.push(tried)
          rules.push({ id: tried.id, as: tried.verdict })
        }
      }
      if (rules.length === before) leftOut.push(...refused)
      return rules.length > before
    }
    if (translated.looser !== null) {
      const why = `${translated.looser} is outside the pattern language, and no shipped rule knows such lines`
      leftOut.push(...unknown.map((branch) => `${shown(branch)}: ${why}`))
    } else if (unknown.length < translated.branches.length || !inOwnWords(translated.whole)) {
      leftOut.length = 0
      for (const branch of unknown) inOwnWords(branch)
    }
    return { failregex, rules, leftOut, notes: translated.notes, findings: findingsOf(translated, shipped) }
  })
  const words = settled(own, shipped)
  const asSettled = (rule: Carried['rules'][number]) => ({ ...rule, as: words.find(({ id }) => id === rule.id)?.verdict ?? rule.as })
  return {
    carried: carried.map((each) => ({ ...each, rules: each.rules.map(asSettled) })),
    rules: [...shipped.rules.filter((rule) => taken.has(rule.id)), ...words],
  }
}

/** Where two failregexes read the same line, neither is proved: both are settled at run time. */
function settled(own: readonly FilterRule[], shipped: Filter): FilterRule[] {
  if (own.length < 2) return [...own]
  const { rules } = proveFilter({ name: 'imported', rules: own, echo: [] }, { against: [shipped] })
  return own.map((rule, i) => (rules[i]?.verdict === 'refused' ? { ...rule, verdict: 'runtime' } : rule))
}

/** What Asterisk's dialplan and scripts of Kamailio print before their own messages: our prefixes leave it to the rule. */
const LEAD = '(?:Ext\\. .*: |[A-Z]+: )?'

/** Whether some line is both's, with the address in the same place. */
function sharesLines(branch: string, rule: FilterRule): boolean {
  if (!/<ADDR>/.test(rule.failregex)) return false
  try {
    const wide = ruleAutomaton({
      failregex: `^${LEAD}${branch.replace(/<F-[A-Z]+>/g, '(?:').replace(/<\/F-[A-Z]+>/g, ')')}$`,
      ipv6: 'any',
      guarantees: {},
    })
    return shareLines(wide, ruleAutomaton(rule))
  } catch (error) {
    if (error instanceof SipguardError) return false
    throw error
  }
}

/** `failregex-3`, of a second rule for the same one `failregex-3-2`. */
function ownId(nth: number, own: readonly FilterRule[]): string {
  const before = own.filter(({ id }) => new RegExp(`^failregex-${nth}(?:-|$)`).test(id)).length
  return before === 0 ? `failregex-${nth}` : `failregex-${nth}-${before + 1}`
}

/** @returns why not, where the words are outside the pattern language */
function ownRule(id: string, branch: string): FilterRule | string {
  const failregex = `^${branch}$`
  const fault = readFailregex(failregex, 'any')
  if (typeof fault === 'string') return fault
  return {
    id,
    ...kindOf(branch),
    failregex,
    ignoreregex: null,
    guarantees: {},
    verdict: 'proved',
    shadow: false,
    counted: true,
    ipv6: 'any',
    set: {},
  }
}

/** Theirs does not say what a line means: its words may. */
function kindOf(text: string): Pick<FilterRule, 'kind' | 'reason'> {
  if (/flood|pike/i.test(text)) return { kind: 'flood', reason: null }
  if (/scanner/i.test(text)) return { kind: 'door_knock', reason: 'scanner_detected' }
  if (/regist/i.test(text)) return { kind: 'failed_registration', reason: null }
  return { kind: 'failed_auth', reason: null }
}

/** The rule with the best verdict that it can have, or why it has none. */
function provable(rule: FilterRule, others: readonly FilterRule[], shipped: Filter): FilterRule | string {
  for (const verdict of ['proved', 'runtime'] as const) {
    const tried = { ...rule, verdict }
    const proof = proveFilter({ name: 'imported', rules: [tried, ...others], echo: [] }, { against: [shipped] })
    const [own] = proof.rules
    if (own?.verdict === verdict) return tried
    const [fatal] = own?.findings.filter(({ kind }) => kind !== 'injection' && kind !== 'overlap') ?? []
    if (fatal) return renderFinding(fatal)
  }
  return 'it cannot be proved'
}

/** What speaks against their own words, taken as they stand. */
function findingsOf({ branches, unanchored }: Translated, shipped: Filter): Finding[] {
  return branches.slice(0, 4).flatMap((branch) => {
    const rule = ownRule('theirs', `${unanchored ? '.*' : ''}${spellings(branch)[0]}`)
    if (typeof rule === 'string') return []
    return (proveFilter({ name: 'theirs', rules: [rule], echo: [] }, { against: [shipped] }).rules[0]?.findings ?? [])
      .filter(({ kind }) => kind === 'injection')
      .slice(0, 2)
  })
}

/** In which kinds a jail must look for them. */
export const countedKinds = (rules: readonly FilterRule[]) => [...new Set(rules.filter(({ counted }) => counted).map(({ kind }) => kind))]
