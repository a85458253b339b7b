import type { UserReportJson } from '../../api/records-wire.ts'
import { useLoad } from '../load.ts'
import { Facts } from '../parts/facts.tsx'
import { FailureChart } from '../parts/failure-chart.tsx'
import { AddressLink, Subject } from '../parts/links.tsx'
import { NothingNamed } from '../parts/look-up.tsx'
import { Recorded } from '../parts/recorded.tsx'
import { UserStatus } from '../parts/user-status.tsx'
import { Show } from '../ui/loaded.tsx'
import { Since } from '../ui/time.tsx'
import { figure } from '../words.ts'
import '../style/known.css'
import '../style/lines.css'

/** Everything known of one user, named as `user@domain`, or `user` alone. */
export function UserPage({ user }: { readonly user: string }) {
  const loaded = useLoad<UserReportJson>(user === '' ? null : `api/users/${encodeURIComponent(user)}`, { everyMs: 15_000 })
  if (user === '') return <NothingNamed what="user" />
  return (
    <>
      <div class="head">
        <Subject name={user} />
        {loaded.data?.status && <UserStatus status={loaded.data.status.status} />}
      </div>
      <Show of={loaded}>{(report) => <Known report={report} />}</Show>
    </>
  )
}

function Known({ report: { user, domain, status, addresses, recorded, records_trouble } }: { readonly report: UserReportJson }) {
  return (
    <div class="stack">
      <section class="panel">
        <h2>Now</h2>
        <Facts
          facts={[
            ['Status', status === null ? 'not known: nobody registered or failed as this user' : null],
            ['Contacts bound', status && figure(status.contacts)],
            ['Last registered', status && <Since at={status.registered_at} />],
            ['Last failure', status && <Since at={status.last_failed_at} />],
            ['Its code', status?.last_response_code ?? null],
            ['Failures in 24 hours', status && figure(status.failures_24h)],
            ['Succeeded from', <Addresses addresses={addresses} />],
          ]}
        />
      </section>
      {recorded && <FailureChart events={recorded.events} />}
      <Recorded of={domain === null ? user : `${user}@${domain}`} recorded={recorded} trouble={records_trouble} />
    </div>
  )
}

/** Phones are known there: an attacker behind one of these is treated with care. */
function Addresses({ addresses }: { readonly addresses: readonly string[] }) {
  if (addresses.length === 0) return <>nowhere lately</>
  return (
    <ul class="inline">
      {addresses.map((ip) => (
        <li key={ip}>
          <AddressLink ip={ip} />
        </li>
      ))}
    </ul>
  )
}
