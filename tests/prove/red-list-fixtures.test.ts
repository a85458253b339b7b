import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CompiledRule } from '../../src/classify/rule.ts'
import { loadFilterFile, loadShippedFilters, packageRoot } from '../../src/config/index.ts'
import type { Filter, FilterRule } from '../../src/config/types.ts'
import { SipguardError } from '../../src/errors.ts'
import { echoReader, ShapeReader } from '../../src/pattern/readings.ts'
import { ruleAutomaton, serverAutomaton } from '../../src/pattern/shape.ts'
import { type Finding, proveFilter } from '../../src/prove/index.ts'

const SHIPPED = loadShippedFilters()
const FILES = globSync(join(packageRoot, 'fixtures/redlist/*.yaml')).sort()
const KINDS: readonly Finding['kind'][] = ['injection', 'overlap', 'evasion', 'time', 'vacuous', 'refused']

interface Case {
  readonly path: string
  readonly kind: string
  /** The line, or the words, of the finding. */
  readonly shown: string
}

/** `# refuted: KIND: what is wrong` and `# shown by: «the finding»` */
const CASES = FILES.flatMap((path): Case[] => {
  const [, kind, shown] = /^# refuted: (\w+): .+\n# shown by: «(.*)»$/m.exec(readFileSync(path, 'utf8')) ?? []
  return kind === undefined || shown === undefined ? [] : [{ path, kind, shown }]
})

function shownBy(finding: Finding): string {
  switch (finding.kind) {
    case 'injection':
    case 'overlap':
      return finding.witness.text
    case 'evasion':
      return finding.ignored
    case 'time':
      return finding.pump
    case 'vacuous':
      return finding.what
    case 'refused':
      return finding.why
  }
}

/** The address that a rule reads in a text. */
const addressOf = (filter: Filter, rule: FilterRule, text: string) => {
  const { regexp, groups } = new CompiledRule(filter, rule)
  regexp.lastIndex = 0
  return regexp.exec(text)?.[groups.addr]
}

/** Reads lines as the shape that a finding names prints them. */
function readerOf(against: string, filter: Filter, rule: FilterRule): ShapeReader {
  if (against === 'its own') return new ShapeReader(serverAutomaton(rule), rule.ipv6)
  for (const owner of [filter, ...SHIPPED]) {
    const suffix = owner === filter ? '' : ` of filter ${owner.name}`
    for (const other of owner.rules) {
      if (against === `rule ${other.id}${suffix}`) return new ShapeReader(serverAutomaton(other), other.ipv6)
    }
    for (const echo of owner.echo) if (against === `echo shape ${echo}${suffix}`) return echoReader(echo)
  }
  throw new Error(`no shape is called ${against}`)
}

describe('the red list: filters that must never be used', () => {
  it('has each kind of finding, and each file says what is wrong with it', () => {
    expect([...new Set(CASES.map(({ kind }) => kind))].sort()).toEqual([...KINDS].sort())
    const wanting = FILES.filter((path) => !CASES.some((one) => one.path === path))
    expect(wanting.map((path) => basename(path))).toEqual(['no-anchor.yaml'])
  })

  it('an unanchored failregex is refused before any proof', () => {
    const path = join(packageRoot, 'fixtures/redlist/no-anchor.yaml')
    const [, line, column, message] = /^# wantErr: \[(\d+):(\d+)\] (.*)$/m.exec(readFileSync(path, 'utf8')) ?? []
    expect(() => loadFilterFile(path)).toThrow(new SipguardError('CONFIG_INVALID', `${path}:${line}:${column}: ${message}`))
  })

  it.each(CASES.map((one) => [basename(one.path), one.kind, one] as const))('%s is refuted: %s', (_, kind, { path, shown }) => {
    const filter = loadFilterFile(path)
    const proof = proveFilter(filter, { against: SHIPPED.filter(({ prefix }) => prefix === filter.prefix) })
    expect(proof.ok).toBe(false)
    const found = proof.rules.flatMap(({ findings }) => findings)
    const finding = found.find((one) => one.kind === kind && shownBy(one) === shown)
    expect(finding, JSON.stringify(found.map((one) => [one.kind, shownBy(one)]))).toBeDefined()
    const rule = filter.rules.find(({ id }) => id === finding?.rule) as FilterRule
    if (finding?.kind === 'injection' || finding?.kind === 'overlap') {
      const { witness, against } = finding
      // Both read the line, each with its own address, and what runs reads the one that the attacker wrote.
      expect(new ShapeReader(ruleAutomaton(rule), rule.ipv6).readings(shown)).toContainEqual(witness.rule)
      expect(readerOf(against, filter, rule).readings(shown)).toContainEqual(witness.shape)
      expect(addressOf(filter, rule, shown)).toBe(shown.slice(witness.rule?.start, witness.rule?.end))
    }
    if (finding?.kind === 'evasion') {
      const { ignore } = new CompiledRule(filter, rule)
      const ignored = [finding.ignored, finding.kept].map((text) => {
        expect(addressOf(filter, rule, text)).toBe('198.51.100.7')
        if (ignore) ignore.lastIndex = 0
        return ignore?.test(text)
      })
      expect(ignored).toEqual([true, false])
    }
  })
})
