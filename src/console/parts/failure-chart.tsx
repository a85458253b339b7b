import { useMemo } from 'preact/hooks'
import type { EventJson } from '../../api/records-wire.ts'
import { formatSpan } from '../../cli/span.ts'
import { BarChart } from '../ui/bar-chart.tsx'
import { kindWords } from '../words.ts'
import { failureCounts } from './failure-counts.ts'

/** Failures by time; nothing where there were none. */
export function FailureChart({ events }: { readonly events: readonly EventJson[] }) {
  const counted = useMemo(() => failureCounts(events, Date.now()), [events])
  const series = useMemo(
    () => Object.entries(counted?.kinds ?? {}).map(([name, values]) => ({ name, label: kindWords(name), values })),
    [counted],
  )
  if (counted === null) return null
  const label = `Failures, ${formatSpan(counted.stepMs)} a bar`
  return (
    <section class="panel">
      <h2>{label}</h2>
      <BarChart label={label} times={counted.times} series={series} height={140} />
    </section>
  )
}
