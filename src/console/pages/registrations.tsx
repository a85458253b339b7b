import { useMemo, useState } from 'preact/hooks'
import type { UserJson } from '../../api/records-wire.ts'
import { useLoad } from '../load.ts'
import { UserLink } from '../parts/links.tsx'
import { matches } from '../parts/matching.ts'
import { NoRecords } from '../parts/no-records.tsx'
import { UserStatus } from '../parts/user-status.tsx'
import { Search } from '../ui/field.tsx'
import { Show } from '../ui/loaded.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Since } from '../ui/time.tsx'
import { figure } from '../words.ts'
import '../style/known.css'

/** The most that the API gives at once. */
const MOST = 10_000
const STATUSES = ['registered', 'failed', 'expired', 'unknown'] as const

const COLUMNS: readonly Column<UserJson>[] = [
  { id: 'user', title: 'User', wide: true, cell: (row) => <UserLink user={row.user} domain={row.domain} />, sort: nameOf },
  { id: 'status', title: 'Status', cell: ({ status }) => <UserStatus status={status} />, sort: ({ status }) => status },
  { id: 'contacts', title: 'Contacts', numeric: true, cell: ({ contacts }) => figure(contacts), sort: ({ contacts }) => contacts },
  {
    ...{ id: 'registered', title: 'Last registered' },
    cell: ({ registered_at }) => <Since at={registered_at} />,
    sort: ({ registered_at }) => registered_at,
  },
  {
    ...{ id: 'failed', title: 'Last failure' },
    cell: ({ last_failed_at }) => <Since at={last_failed_at} />,
    sort: ({ last_failed_at }) => last_failed_at,
  },
  {
    ...{ id: 'code', title: 'Code', numeric: true },
    cell: ({ last_response_code }) => last_response_code ?? '–',
    sort: ({ last_response_code }) => last_response_code,
  },
  {
    ...{ id: 'failures', title: 'Failures, 24 h', numeric: true },
    cell: ({ failures_24h }) => figure(failures_24h),
    sort: ({ failures_24h }) => failures_24h,
  },
]

/** Who is registered, and who fails. */
export function RegistrationsPage() {
  const loaded = useLoad<readonly UserJson[]>(`api/users?limit=${MOST}`, { everyMs: 15_000 })
  const { code, message } = loaded.error ?? {}
  return (
    <>
      <div class="head">
        <h1>Registrations</h1>
      </div>
      {code === 'RECORDS_OFF' ? (
        <NoRecords trouble={message ?? null} />
      ) : (
        <Show of={loaded}>
          {(users) =>
            users.length === 0 ? (
              <Empty title="No user is known yet.">Each user who registers, or fails to, stands here from then on.</Empty>
            ) : (
              <Users users={users} />
            )
          }
        </Show>
      )}
    </>
  )
}

function Users({ users }: { readonly users: readonly UserJson[] }) {
  const [wanted, setWanted] = useState('')
  const [status, setStatus] = useState<string | null>(null)
  const found = useMemo(() => users.filter((row) => matches(wanted, [nameOf(row), row.last_response_code])), [users, wanted])
  const shown = status === null ? found : found.filter((row) => row.status === status)
  return (
    <>
      <div class="bar">
        <Search label="Search users" value={wanted} onValue={setWanted} />
        <fieldset class="counts">
          <legend class="unseen">Status</legend>
          <Count name="all" count={found.length} pressed={status === null} onPress={() => setStatus(null)} />
          {STATUSES.map((name) => (
            <Count
              key={name}
              name={name}
              count={found.filter((row) => row.status === name).length}
              pressed={status === name}
              onPress={() => setStatus(name)}
            />
          ))}
        </fieldset>
      </div>
      {users.length === MOST && (
        <p class="quiet">These are the first {figure(MOST)} users; sipguard users --limit and the database itself have the rest.</p>
      )}
      {shown.length === 0 ? (
        <Empty title="No user fits.">Search for less, or show all.</Empty>
      ) : (
        <div class="panel table">
          <Table caption="Users" columns={COLUMNS} rows={shown} keyOf={nameOf} />
        </div>
      )}
    </>
  )
}

function Count(props: { readonly name: string; readonly count: number; readonly pressed: boolean; readonly onPress: () => void }) {
  const { name, count, pressed, onPress } = props
  return (
    <button type="button" class={`count ${name}`} aria-pressed={pressed} onClick={onPress}>
      <span class="count-figure">{figure(count)}</span> {name}
    </button>
  )
}

function nameOf({ user, domain }: UserJson): string {
  return domain === '' ? user : `${user}@${domain}`
}
