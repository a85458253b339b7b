import { describe, expect, test } from 'vitest'
import { planLook, planLookFully } from '../../src/classify/plan-look.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import type { Filter, FilterRule } from '../../src/config/types.ts'
import { restoreLookPlan, type StoredLookPlan, storeLookPlan } from '../../src/pattern/look-plan.ts'
import { aRule } from '../prove/a-filter.ts'

function filterOf(...rules: readonly FilterRule[]): Filter {
  return { name: 'own', path: 'own.yaml', prefix: 'opensips', programs: ['opensips'], rules, echo: [] }
}

test('a plan that was kept as JSON is the same plan', () => {
  const plan = planLook(loadShippedFilters())!
  const kept = JSON.parse(JSON.stringify(storeLookPlan(plan))) as StoredLookPlan
  const { labels, group, final, follow } = plan.paths
  expect(restoreLookPlan(kept)).toEqual({ apart: false, paths: { labels, group, final, follow: follow.map((states) => [...states]) } })
})

describe('rules are known to be apart', () => {
  const from = aRule('^from <ADDR>:<PORT>$', { id: 'from', ipv6: 'bracketed' })
  const again = aRule('^from <ADDR>:<PORT> again$', { id: 'again', ipv6: 'bracketed' })
  const anything = aRule('^from <ADDR>:.*$', { id: 'anything', ipv6: 'bracketed' })

  test('where no two that could settle a line share one', () => {
    expect(planLookFully([filterOf(from, again)])?.apart).toBe(true)
    expect(planLookFully([filterOf(from), filterOf(anything)])?.apart).toBe(true)
  })

  test('but not where one shares a line with another of its filter, which may be one that settles none', () => {
    expect(planLookFully([filterOf(from, again, anything)])?.apart).toBe(false)
    expect(planLookFully([filterOf(from, { ...anything, verdict: 'runtime' })])?.apart).toBe(false)
  })
})
