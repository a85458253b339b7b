import type { StatusReport } from '../../api/control.ts'
import { useLoad } from '../load.ts'
import { LiveFeed } from '../parts/live-feed.tsx'
import { Activity, Attackers, Degraded, Figures, Sources, Targets } from '../parts/now-panels.tsx'
import { Show } from '../ui/loaded.tsx'
import type { ActivityJson } from '../wire.ts'

/** What happens now: the first page, and the one that stays open at night. */
export function NowPage() {
  const status = useLoad<StatusReport>('api/status', { everyMs: 5000 })
  const activity = useLoad<ActivityJson>('api/activity?minutes=60', { everyMs: 10_000 })
  return (
    <>
      <h1 class="unseen">Now</h1>
      <Show of={status}>
        {(known) => (
          <>
            <Degraded degraded={known.degraded} />
            <Figures status={known} activity={activity.data} />
          </>
        )}
      </Show>
      <section class="panel" aria-labelledby="activity">
        <h2 id="activity">Events a minute, last hour</h2>
        <Show of={activity}>{(known) => <Activity activity={known} />}</Show>
      </section>
      <div class="columns">
        <LiveFeed />
        <div class="beside">
          <section class="panel table" aria-labelledby="attackers">
            <h2 id="attackers">Attackers, last hour</h2>
            {activity.data && <Attackers rows={activity.data.attackers} />}
          </section>
          <section class="panel table" aria-labelledby="targets">
            <h2 id="targets">Targets, last hour</h2>
            {activity.data && <Targets rows={activity.data.targets} />}
          </section>
        </div>
      </div>
      <section class="panel table" aria-labelledby="sources">
        <h2 id="sources">Sources</h2>
        {status.data && <Sources sources={status.data.sources} />}
      </section>
    </>
  )
}
