import { formatSpan } from '../../cli/span.ts'
import { useNow } from './clock.ts'

/** A time of day, with the date where it is not today's; whole and in UTC as its title. */
export function Time({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="quiet">–</span>
  return (
    <time dateTime={at} title={`${at} (${new Date(at).toString()})`}>
      {clockTime(new Date(at), new Date())}
    </time>
  )
}

/** How long ago, `2h 5m`. */
export function Since({ at }: { readonly at: string | null }) {
  const now = useNow()
  if (at === null) return <span class="quiet">never</span>
  return (
    <time dateTime={at} title={at}>
      {formatSpan(now - Date.parse(at))} ago
    </time>
  )
}

/** How long it still lasts, counted down. */
export function Remaining({ until }: { readonly until: string | null }) {
  const now = useNow()
  if (until === null) return <span title="until somebody lifts it">for ever</span>
  const left = Date.parse(until) - now
  return (
    <time dateTime={until} title={`until ${until}`}>
      {left > 0 ? formatSpan(left) : 'over'}
    </time>
  )
}

/** As the browser's place has it: `10:30:45`, on another day `Jan 15 10:30`, in another year with the year. */
function clockTime(at: Date, now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (at.toDateString() === now.toDateString()) return `${time}:${two(at.getSeconds())}`
  const day = at.toLocaleDateString('en', { month: 'short', day: 'numeric' })
  return at.getFullYear() === now.getFullYear() ? `${day} ${time}` : `${day} ${at.getFullYear()} ${time}`
}
