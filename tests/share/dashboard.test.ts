import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../../src/api/metrics.ts'
import { HEALTH_KINDS } from '../../src/health-kinds.ts'
import { gaugesAtZero } from '../api/gauges.ts'
import { namedIn } from './promql.ts'

/** The dashboard and the alert rules name what is there: each metric, label and value. */

const share = join(import.meta.dirname, '../../share')

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: object
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: object }[]
}
interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

const dashboard = JSON.parse(readFileSync(join(share, 'grafana/sipguard.json'), 'utf8')) as {
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
  readonly panels: readonly Panel[]
}
const groups = parse(readFileSync(join(share, 'prometheus/sipguard.rules.yml'), 'utf8')) as { groups: { name: string; rules: Rule[] }[] }
const rules = groups.groups.flatMap((group) => group.rules)

const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })))
const expressions = [...rules.map(({ alert, expr }) => [alert, expr] as const), ...targets.map(({ title, expr }) => [title, expr] as const)]

/** Labels and their values by metric. */
let known: Map<string, Map<string, Set<string>>>
beforeAll(async () => {
  const metrics = createMetrics({ version: '1' })
  metrics.source('a')
  metrics.jail('sip-auth')
  metrics.onScrape(gaugesAtZero)
  known = new Map([['up', new Map([['job', new Set(['sipguard'])]])]])
  for (const [, name = '', list = ''] of (await metrics.text()).matchAll(/^(\w+)(?:\{(.*)\})? /gm)) {
    const labels = known.get(name) ?? new Map<string, Set<string>>()
    known.set(name, labels)
    for (const [, label = '', value = ''] of list.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value))
    }
  }
})

/** Put there by Prometheus. */
const EVERYWHERE = ['instance', 'job']

function faultsOf(expression: string): string[] {
  const { metrics, matchers, labels } = namedIn(expression)
  const unknown = metrics.filter((name) => !known.has(name)).map((name) => `there is no metric ${name}`)
  const wrong = matchers
    .filter(({ label }) => !EVERYWHERE.includes(label))
    .flatMap(({ metric, label, value }) => {
      const values = known.get(metric)?.get(label)
      if (values === undefined) return [`${metric} has no label ${label}`]
      return value.split('|').flatMap((each) => (values.has(each) ? [] : [`${metric} has no ${label} ${each}`]))
    })
  const all = new Set([...EVERYWHERE, ...metrics.flatMap((name) => [...(known.get(name)?.keys() ?? [])])])
  return [...unknown, ...wrong, ...labels.filter((label) => !all.has(label)).map((label) => `nothing has the label ${label}`)]
}

test.each(expressions)('%s names metrics, labels and values that there are', (_title, expression) => {
  expect(namedIn(expression).metrics.length).toBeGreaterThan(0)
  expect(faultsOf(expression)).toEqual([])
})

test('what there is not would be noticed', () => {
  expect(faultsOf('sum by (jail, town) (rate(sipguard_bans{jail="x"}[5m])) > 0')).toEqual([
    'there is no metric sipguard_bans',
    'sipguard_bans has no label jail',
    'nothing has the label jail',
    'nothing has the label town',
  ])
  expect(faultsOf('sipguard_degraded{kind=~"backlog|late"} > 0 and on (instance) sipguard_lines_total{outcom!="cut"}')).toEqual([
    'sipguard_degraded has no kind late',
    'sipguard_lines_total has no label outcom',
  ])
})

describe('the alert rules', () => {
  test('have names of their own, a severity, and say what it is and what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning'], alert).toContain(labels.severity)
      expect(annotations.summary.length, alert).toBeGreaterThan(20)
      expect(annotations.description.length, alert).toBeGreaterThan(20)
    }
  })

  test('write only labels that their series have', () => {
    for (const { alert, expr, annotations } of rules) {
      const { metrics } = namedIn(expr)
      const labels = new Set([...EVERYWHERE, ...metrics.flatMap((name) => [...(known.get(name)?.keys() ?? [])])])
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)) expect(labels, alert).toContain(label)
    }
  })

  test('have one for every trouble that there may be', () => {
    const told = rules.flatMap(({ expr }) => namedIn(expr).matchers.filter(({ metric }) => metric === 'sipguard_degraded'))
    expect(told.flatMap(({ value }) => value.split('|')).sort()).toEqual([...HEALTH_KINDS].sort())
  })
})

describe('the dashboard', () => {
  test('takes its data from the source that is chosen, and shows the nodes that are chosen', () => {
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ])
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own
    const chosen = { type: 'prometheus', uid: '${datasource}' }
    for (const { title, expr, datasource } of targets) {
      expect(datasource, title).toEqual(chosen)
      for (const metric of namedIn(expr).metrics) expect(expr, title).toContain(`${metric}{instance=~"$instance"`)
    }
  })

  test('has a row for each concern, and no panel over another', () => {
    const { panels } = dashboard
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      ...['What happens', 'Bans', 'Sources', 'Fleet', 'Ourselves'],
    ])
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
  })

  test('says of each panel what it shows, and names each line by labels that it has', () => {
    for (const { type, title, description } of dashboard.panels) if (type !== 'row') expect(description, title).toBeTruthy()
    for (const { title, expr, legendFormat } of targets) {
      const { labels } = namedIn(expr)
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect([...labels, 'instance'], title).toContain(label)
    }
  })

  test('shows every metric that the daemon has', () => {
    const shown = new Set(targets.flatMap(({ expr }) => namedIn(expr).metrics.map((name) => name.replace(/_bucket$/, ''))))
    const hidden = ['up', 'sipguard_build_info', 'sipguard_process_start_time_seconds']
    const all = new Set([...known.keys()].map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))
    expect([...all].filter((name) => !shown.has(name) && !hidden.includes(name))).toEqual([])
  })
})
