import { resolve } from 'node:path'
import { filterPlaces, loadShippedFilters } from '../config/index.ts'
import type { Filter } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { type Finding, type ProvableFilter, proveFilter, renderFinding } from '../prove/index.ts'

/**
 * Proves the filters that a configuration brings along, each against everything else that its server prints.
 * @returns what is in force without a proof, as `filter/rule`; nothing unless `allowUnproven`
 * @throws SipguardError CONFIG_INVALID with the findings, their places and their witnesses
 */
export function proveOwnFilters(own: readonly Filter[], allowUnproven: boolean): string[] {
  // With those that they take the place of: the server prints their lines all the same.
  const all = [...loadShippedFilters(), ...own]
  const unproven: string[] = []
  const faults: string[] = []
  for (const filter of own) {
    const { rules, echo } = proveFilter(filter, { against: sameServer(filter, all) })
    const refused = rules.filter(({ verdict }) => verdict === 'refused')
    const findings = [...echo, ...refused.flatMap((rule) => rule.findings)]
    faults.push(...tellFindings(filter, findings))
    unproven.push(...new Set(findings.map(({ rule }) => `${filter.name}/${rule}`)))
  }
  if (unproven.length > 0 && !allowUnproven) {
    const advice = 'a filter must be proved before it is used (docs/filters.md); --allow-unproven uses it all the same'
    throw new SipguardError('CONFIG_INVALID', [...faults, advice].join('\n'))
  }
  return unproven
}

/** Filters whose lines the same server prints. */
export function sameServer(filter: Filter, all: readonly Filter[]): ProvableFilter[] {
  return all.filter((other) => other.prefix === filter.prefix && resolve(other.path) !== resolve(filter.path))
}

/** A rule that takes other lines for its own does so with most shapes of its server: a few show what is wrong. */
const SHOWN = 3

/** Findings for people, a line each; of each rule the first few of each kind. */
export function tellFindings(filter: Filter, findings: readonly Finding[]): string[] {
  const place = findingPlaces(filter)
  const alike = Map.groupBy(findings, ({ kind, rule }) => `${kind} ${rule}`)
  return findings.flatMap((finding) => {
    const group = alike.get(`${finding.kind} ${finding.rule}`) ?? []
    const nth = group.indexOf(finding)
    if (nth < SHOWN) return [`${place(finding)}: ${renderFinding(finding)}`]
    return nth === SHOWN ? [`${place(finding)}: ${finding.rule}: and ${group.length - SHOWN} more like these`] : []
  })
}

/** Tells where in the filter's file a finding belongs, as `FILE:LINE:COL`. */
export function findingPlaces(filter: Filter): (finding: Finding) => string {
  const place = filterPlaces(filter.path)
  return (finding) => {
    const rule = filter.rules.findIndex(({ id }) => id === finding.rule)
    const ignoring = finding.kind === 'evasion' || (finding.kind === 'time' && finding.of === 'ignoreregex')
    if (rule >= 0) return place(['rules', rule, ignoring ? 'ignoreregex' : 'failregex'])
    return place(['echo', filter.echo.findIndex((echo) => finding.rule === `echo shape ${echo}`)])
  }
}
