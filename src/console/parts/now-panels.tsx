import type { ComponentChildren } from 'preact'
import type { StatusReport } from '../../api/control.ts'
import { formatSpan } from '../../cli/span.ts'
import { Badge } from '../ui/badge.tsx'
import { BarChart } from '../ui/bar-chart.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { Since } from '../ui/time.tsx'
import type { ActivityJson, AttackerJson, TargetJson } from '../wire.ts'
import { figure, kindWords, plural } from '../words.ts'
import { AddressLink, UserLink } from './links.tsx'
import { Place } from './place.tsx'

type Source = StatusReport['sources'][number]

/** What is not as it should be, and what to do about it. */
export function Degraded({ degraded }: { readonly degraded: StatusReport['degraded'] }) {
  if (degraded.length === 0) return null
  return (
    <section class="degraded" aria-label="Degraded">
      <ul>
        {degraded.map(({ what, since, remedy }) => (
          <li key={what}>
            <p>
              <Badge tone="warn">degraded</Badge> <Hostile text={what} />{' '}
              <span class="quiet">
                (<Since at={since} />)
              </span>
            </p>
            {remedy !== null && (
              <p>
                <b>Remedy:</b> <Hostile text={remedy} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The few figures that say how it is. */
export function Figures({ status, activity }: { readonly status: StatusReport; readonly activity: ActivityJson | null }) {
  const { enforcement, totals } = status
  const { active, verified, backend } = enforcement
  const hour = activity === null ? null : sum(Object.values(activity.kinds).flat())
  const observes = backend === 'none'
  return (
    <dl class="figures">
      <Figure name="Bans in force" value={figure(active)} tone={!observes && verified < active ? 'bad' : 'plain'}>
        <Hostile
          text={
            observes
              ? 'observe only: nothing is in the firewall'
              : `${verified < active ? `only ${figure(verified)}` : 'all'} confirmed by ${backend}`
          }
        />
      </Figure>
      <Figure name="Events, last hour" value={hour === null ? '–' : figure(hour)}>
        {activity && plural(sum(activity.bans), 'ban')}
      </Figure>
      <Figure name="Lines read" value={figure(totals.lines)}>
        {plural(totals.bans, 'ban')} in all
      </Figure>
      <Figure name="Started" value={<Since at={status.started_at} />}>
        {plural(status.memory.keys, 'address', 'addresses')} and users counted
      </Figure>
    </dl>
  )
}

function Figure(props: { name: string; value: ComponentChildren; tone?: 'plain' | 'bad'; children: ComponentChildren }) {
  return (
    <div class={`panel figure ${props.tone ?? 'plain'}`}>
      <dt>{props.name}</dt>
      <dd class="value">{props.value}</dd>
      <dd class="quiet">{props.children}</dd>
    </div>
  )
}

/** Events of the last hour by kind, and bans below them on the same minutes. */
export function Activity({ activity }: { readonly activity: ActivityJson }) {
  const from = Date.parse(activity.from) / 1000
  const times = activity.bans.map((_, i) => from + i * activity.step_seconds)
  const kinds = Object.entries(activity.kinds)
    .map(([kind, values]) => ({ name: kind, label: kindWords(kind), values, total: sum(values) }))
    .sort((a, b) => b.total - a.total)
  if (kinds.length === 0)
    return <Empty title="No event within the last hour.">Failed registrations, door-knocks and floods are drawn here.</Empty>
  return (
    <>
      <BarChart label="Events a minute, by kind" times={times} series={kinds} height={190} />
      <BarChart label="Bans a minute" times={times} series={[{ name: 'bans', label: 'bans', values: activity.bans }]} height={80} />
    </>
  )
}

const ATTACKERS: readonly Column<AttackerJson>[] = [
  { id: 'ip', title: 'Address', cell: ({ ip }) => <AddressLink ip={ip} /> },
  { id: 'place', title: 'Place', wide: true, cell: (row) => <Place of={row} /> },
  { id: 'events', title: 'Events', numeric: true, cell: ({ events }) => figure(events) },
  { id: 'state', title: '', cell: ({ banned }) => (banned ? <Badge tone="bad">banned</Badge> : null) },
]

export function Attackers({ rows }: { readonly rows: readonly AttackerJson[] }) {
  if (rows.length === 0) return <Empty title="Nobody." />
  return (
    <Table
      caption="Addresses with the most events within the last hour"
      columns={ATTACKERS}
      rows={rows.slice(0, 10)}
      keyOf={({ ip }) => ip}
    />
  )
}

const TARGETS: readonly Column<TargetJson>[] = [
  { id: 'user', title: 'User', wide: true, cell: ({ user }) => <UserLink user={user} /> },
  { id: 'events', title: 'Events', numeric: true, cell: ({ events }) => figure(events) },
  { id: 'last', title: 'Last', cell: ({ last_at }) => <Since at={last_at} /> },
]

export function Targets({ rows }: { readonly rows: readonly TargetJson[] }) {
  if (rows.length === 0) return <Empty title="Nobody." />
  return (
    <Table
      caption="Users with the most events within the last hour"
      columns={TARGETS}
      rows={rows.slice(0, 10)}
      keyOf={({ user }) => user}
    />
  )
}

const SOURCES: readonly Column<Source>[] = [
  { id: 'name', title: 'Source', wide: true, cell: ({ name }) => <Hostile text={name} /> },
  { id: 'health', title: 'Health', wide: true, cell: (source) => <SourceHealth source={source} /> },
  { id: 'lines', title: 'Lines', numeric: true, cell: ({ lines }) => figure(lines) },
  { id: 'last', title: 'Last line', cell: ({ last_line_at }) => <Since at={last_line_at} /> },
]

export function Sources({ sources }: { readonly sources: readonly Source[] }) {
  if (sources.length === 0) return <Empty title="Nothing is read.">Name a log under sources: in the configuration.</Empty>
  return <Table caption="Sources" columns={SOURCES} rows={sources} keyOf={({ name }) => name} />
}

/** Behind by so much is worth a word. */
const BEHIND_S = 10

function SourceHealth({ source }: { readonly source: Source }) {
  const { trouble, protection, remedy, lag_seconds, lag_bytes, dropped_lines } = source
  if (trouble !== null) {
    return (
      <>
        <Badge tone="bad">not read</Badge> <Hostile text={trouble} />
      </>
    )
  }
  return (
    <>
      {protection === 'blind' ? (
        <>
          <Badge tone="warn">blind</Badge>{' '}
          <span class="quiet">
            it says failures and no success. <Hostile text={remedy} />
          </span>
        </>
      ) : (
        <Badge tone="good">read</Badge>
      )}
      {lag_seconds > BEHIND_S && <span> {formatSpan(lag_seconds * 1000)} behind</span>}
      {lag_bytes > 0 && <span class="quiet"> {figure(lag_bytes)} bytes to read</span>}
      {dropped_lines > 0 && <span> {plural(dropped_lines, 'line')} lost</span>}
    </>
  )
}

const sum = (values: readonly number[]): number => values.reduce((all, n) => all + n, 0)
