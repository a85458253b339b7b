import { useState } from 'preact/hooks'
import { type LiveReport, liveState, missed, reports } from '../live.ts'
import { useStore } from '../store.ts'
import { Empty } from '../ui/states.tsx'
import { Hostile } from '../ui/text.tsx'
import { Time } from '../ui/time.tsx'
import type { ReportType } from '../wire.ts'
import { plural } from '../words.ts'
import { AddressLink } from './links.tsx'
import { reportWords, VERBS } from './report-words.ts'

/** What can be shown and hidden together. */
const GROUPS: readonly (readonly [title: string, types: readonly ReportType[]])[] = [
  ['Found', ['found', 'found-more']],
  ['Bans', ['ban', 'unban', 'restore-ban']],
  ['Alerts', ['alert']],
  ['Ignored', ['skip', 'skip-more']],
  ['Notices', ['notice']],
]
const HIDDEN_AT_FIRST: readonly ReportType[] = ['skip', 'skip-more']

/** Lines on the page; older ones are in the records. */
const SHOWN = 100

/** What happens, as it happens. */
export function LiveFeed() {
  const live = useStore(reports)
  const gap = useStore(missed)
  const [held, setHeld] = useState<readonly LiveReport[] | null>(null)
  const [hidden, setHidden] = useState<ReadonlySet<ReportType>>(new Set(HIDDEN_AT_FIRST))
  const seen = (list: readonly LiveReport[]) => list.filter(({ type }) => !hidden.has(type))
  const lines = seen(held ?? live).slice(0, SHOWN)
  const came = held === null ? 0 : seen(since(held[0], live)).length

  function toggle(types: readonly ReportType[]): void {
    const next = new Set(hidden)
    for (const type of types) if (!next.delete(type)) next.add(type)
    setHidden(next)
  }

  return (
    <section class="panel feed" aria-label="Live feed">
      <div class="bar">
        <h2>Live</h2>
        {GROUPS.map(([title, types]) => (
          <button key={title} type="button" aria-pressed={!hidden.has(types[0] as ReportType)} onClick={() => toggle(types)}>
            {title}
          </button>
        ))}
        <button type="button" class="push" onClick={() => setHeld(held === null ? live : null)}>
          {held === null ? 'Pause' : came > 0 ? `Go on (${came} new)` : 'Go on'}
        </button>
      </div>
      {gap !== undefined && (
        <p class="quiet">
          {gap === null ? 'Some reports' : plural(gap, 'report')} came while this page was not connected and cannot be shown any more.
        </p>
      )}
      {lines.length === 0 ? (
        <Quiet />
      ) : (
        <ol>
          {lines.map((report) => (
            <Line key={report.seq} report={report} />
          ))}
        </ol>
      )}
    </section>
  )
}

/** What came after a report; all there is where it is not kept any more. */
function since(report: LiveReport | undefined, live: readonly LiveReport[]): readonly LiveReport[] {
  const at = report === undefined ? -1 : live.indexOf(report)
  return at < 0 ? live : live.slice(0, at)
}

function Quiet() {
  const state = useStore(liveState)
  if (state === 'lost') return <Empty title="Not connected.">The page tries again by itself every few seconds.</Empty>
  return <Empty title="Nothing yet.">What sipguard finds and decides stands here within a second.</Empty>
}

function Line({ report }: { readonly report: LiveReport }) {
  return (
    <li class={`report ${report.type}`}>
      <span class="quiet">
        <Time at={report.at} />
      </span>
      <span class="verb">{VERBS[report.type]}</span>
      {report.ip ? <AddressLink ip={report.ip} /> : <span class="quiet">–</span>}
      <Hostile text={reportWords(report)} />
    </li>
  )
}
