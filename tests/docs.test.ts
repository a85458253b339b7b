import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '../src/api/metrics.ts'
import { loadShippedJails } from '../src/config/index.ts'
import type { Jail } from '../src/config/types.ts'
import { formatDuration } from '../src/duration.ts'
import { ERRORS } from '../src/errors.ts'
import { HEALTH_KINDS, type HealthKind } from '../src/health-kinds.ts'
import { messageJson } from '../src/notify/compose.ts'
import { severityOf } from '../src/notify/notice.ts'
import { ALERT_KINDS, type AlertKind } from '../src/types.ts'
import { createFakeControl } from './api/fake-control.ts'
import { gaugesAtZero } from './api/gauges.ts'
import { appOf, documented } from './api/routes.ts'
import { createProgram } from './command-lines.ts'
import { firstCodes, readPage, rows, section } from './docs-pages.ts'

/** Reference pages and code say the same: what is in one and not in the other fails, either way round. */

const sorted = (names: Iterable<string>) => [...names].sort()

describe('docs/cli.md and the program', () => {
  const leaves = (command: Command, path: string): [string, Command][] =>
    command.commands.length === 0 ? [[path, command]] : command.commands.flatMap((child) => leaves(child, `${path} ${child.name()}`))
  const commands = leaves(createProgram(), 'sipguard')
  const headings = [...readPage('docs/cli.md').matchAll(/^### (sipguard .+)$/gm)].map(([, name]) => name as string)

  test('have the same commands', () => {
    expect(sorted(headings)).toEqual(sorted(commands.map(([path]) => path)))
  })

  test.each(commands)('have the same options of %s, and an example', (path, command) => {
    const text = section('docs/cli.md', `### ${path}`)
    const options = command.options.map(({ flags }) => flags)
    expect(sorted(firstCodes(text).filter((code) => code.startsWith('-')))).toEqual(sorted(options))
    expect(text).toMatch(new RegExp(`^(?:.*\\| )?${path} ?`, 'm'))
  })
})

describe('docs/alerts.md and the alerts', () => {
  const told = (heading: string) =>
    rows(section('docs/alerts.md', heading)).map(([kind = '', , severity = '']) => [kind.replaceAll('`', ''), severity])
  const urgent = (kinds: readonly (AlertKind | HealthKind)[]) => kinds.map((kind) => [kind, severityOf(kind, {})])

  test('have the same kinds, each as urgent', () => {
    expect(told('### Of events').sort()).toEqual(urgent(ALERT_KINDS).sort())
    expect(told("### Of the daemon's health").sort()).toEqual(urgent(HEALTH_KINDS).sort())
  })

  test('have the same fields of a message and of a notice', () => {
    const notice = { kind: 'jail_full', severity: 'warning', subject: '', text: '', atMs: 0, over: false, details: null } as const
    const message = {
      id: '',
      class: 'warning',
      subject: '',
      text: '',
      atMs: 0,
      groups: [{ kind: 'jail_full', count: 1, newest: [notice] }],
    } as const
    const json = messageJson(message, 'pbx')
    const [ofMessage = '', ofNotice = ''] = section('docs/alerts.md', '## The message').split('In `notices`')
    expect(sorted(firstCodes(ofMessage))).toEqual(sorted(Object.keys(json)))
    expect(sorted(firstCodes(ofNotice))).toEqual(sorted(Object.keys((json.notices as object[])[0]!)))
  })
})

describe('docs/jails.md and jails/', () => {
  const list = (values: readonly string[] | null) => (values ?? []).join(', ')
  function rowOf(jail: Jail): string[] {
    const { increment, then } = jail
    const bantime = then ? `alert, then ${formatDuration(then.bantimeMs)}` : jail.alertonly ? 'alert only' : formatDuration(jail.bantimeMs)
    return [
      `\`${jail.name}\``,
      list(jail.kinds),
      [list(jail.reasons), list(jail.methods), list(jail.filters)].filter(Boolean).join('; '),
      list(jail.by),
      jail.distinct ? `different ${jail.distinct}s` : 'lines',
      String(jail.maxretry),
      formatDuration(jail.findtimeMs),
      bantime,
      increment ? `${formatDuration(increment.maxtimeMs)} (× ${increment.factor})` : '',
      jail.unless ?? '',
      then ? `by ${list(then.by)}: ${then.maxretry} in ${formatDuration(then.findtimeMs)}` : '',
    ]
  }

  test('say the same of every shipped jail', () => {
    expect(rows(section('docs/jails.md', '## Shipped'))).toEqual(loadShippedJails().map(rowOf))
  })
})

describe('docs/errors.md and src/errors.ts', () => {
  test('have the same codes with the same exit status', () => {
    const documented = rows(readPage('docs/errors.md')).filter(([code, status]) => code?.startsWith('`') && /^[123]$/.test(status ?? ''))
    expect(Object.fromEntries(documented.map(([code, status]) => [code?.slice(1, -1), Number(status)]))).toEqual(ERRORS)
    expect(documented).toHaveLength(Object.keys(ERRORS).length)
  })
})

describe('docs/metrics.md and the metrics', () => {
  test('have the same names, types and labels', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.source('a')
    metrics.jail('a')
    metrics.ban('a', 1)
    metrics.onScrape(gaugesAtZero)
    const text = await metrics.text()
    const labelsOf = (name: string) => {
      const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm'))]
      const labels = samples.flatMap(([, list = '']) => [...list.matchAll(/(\w+)="/g)].map(([, label]) => label as string))
      return sorted(new Set(labels.filter((label) => label !== 'le')))
    }
    const exposed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type, labelsOf(name)])
    const documented = rows(readPage('docs/metrics.md')).map(([name = '', type = '', labels = '']) => [
      name.slice(1, -1),
      type,
      sorted(labels.match(/(?<=`)\w+(?=`)/g) ?? []),
    ])
    expect(documented.sort()).toEqual(exposed.sort())
  })
})

describe('docs/api.md and the routes', () => {
  test('have the same methods and paths, each with an example', async () => {
    const routes = await documented(appOf(createFakeControl()).app)
    const headings = [...readPage('docs/api.md').matchAll(/^### ([A-Z]+ \/.*)$/gm)].map(([, route]) => route as string)
    expect(routes.length).toBeGreaterThan(8)
    expect(sorted(headings)).toEqual(routes)
    for (const heading of headings) {
      const path = heading.split(' ')[1]?.split('/:')[0]
      expect(section('docs/api.md', `### ${heading}`), heading).toMatch(new RegExp(`curl .*--unix-socket \\S+ .*http://localhost${path}`))
    }
  })
})
