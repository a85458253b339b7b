import { useMemo, useState } from 'preact/hooks'
import type { RecordedJson } from '../../api/records-wire.ts'
import { Choice } from '../ui/field.tsx'
import { Empty } from '../ui/states.tsx'
import { Time } from '../ui/time.tsx'
import { figure } from '../words.ts'
import { MomentText } from './moment-text.tsx'
import { type Moment, timeline } from './timeline.ts'

/** So many moments are drawn at first, and more each time somebody asks. */
const PAGE = 100

const CHOICES = [
  ['', 'everything'],
  ['event', 'failures'],
  ['ban', 'bans'],
  ['registration', 'registrations'],
  ['change', 'changes of devices'],
] as const

const GROUPS: Readonly<Record<Moment['what'], string>> = {
  ...{ event: 'event', ban: 'ban', lifted: 'ban', ended: 'ban', registration: 'registration', change: 'change' },
}

/** What happened, newest first, to the address or user of this page. */
export function Timeline({ recorded, of }: { readonly recorded: RecordedJson; readonly of: string }) {
  const [group, setGroup] = useState('')
  const [limit, setLimit] = useState(PAGE)
  const all = useMemo(() => timeline(recorded, Date.now()), [recorded])
  const wanted = group === '' ? all : all.filter(({ what }) => GROUPS[what] === group)
  return (
    <section class="panel">
      <div class="head">
        <h2>What happened</h2>
        {all.length > 0 && (
          <span class="push">
            <Choice label="Show" value={group} options={CHOICES} onValue={setGroup} />
          </span>
        )}
      </div>
      {wanted.length === 0 ? (
        <Empty title={all.length === 0 ? 'Nothing is recorded.' : 'Nothing of this kind is recorded.'} />
      ) : (
        <ol class="timeline">
          {wanted.slice(0, limit).map((moment, i) => (
            <li key={`${moment.at} ${moment.what} ${i}`} class={toneOf(moment)}>
              <Time at={moment.at} />
              <div>
                <MomentText moment={moment} of={of} />
              </div>
            </li>
          ))}
        </ol>
      )}
      {wanted.length > limit && (
        <p class="more">
          {figure(limit)} of {figure(wanted.length)} shown.{' '}
          <button type="button" onClick={() => setLimit(limit + PAGE)}>
            Show more
          </button>
        </p>
      )}
    </section>
  )
}

function toneOf({ what }: Moment): string {
  if (what === 'ban') return 'bad'
  return what === 'event' ? 'warn' : what === 'registration' ? 'good' : 'plain'
}
