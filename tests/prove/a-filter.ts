import type { FilterRule } from '../../src/config/types.ts'
import type { ProvableFilter } from '../../src/prove/index.ts'

/** A rule that counts failures, but for what is said. */
export function aRule(failregex: string, more: Partial<FilterRule> = {}): FilterRule {
  return {
    id: 'failure',
    kind: 'failed_auth',
    reason: null,
    failregex,
    ignoreregex: null,
    guarantees: {},
    verdict: 'proved',
    shadow: false,
    counted: true,
    ipv6: 'any',
    set: {},
    ...more,
  }
}

export function aFilter(rules: readonly FilterRule[], echo: readonly string[] = []): ProvableFilter {
  return { name: 'tried', rules, echo }
}
