import type { RegistrationJson } from '../../api/records-wire.ts'
import { Badge } from '../ui/badge.tsx'
import { useNow } from '../ui/clock.ts'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { Remaining, Since } from '../ui/time.tsx'
import { UserLink } from './links.tsx'

const COLUMNS: readonly Column<RegistrationJson>[] = [
  { id: 'user', title: 'User', wide: true, cell: ({ user, domain }) => <UserLink user={user} domain={domain} />, sort: ({ user }) => user },
  { id: 'contact', title: 'Contact', wide: true, cell: ({ contact }) => <Hostile text={contact} />, sort: ({ contact }) => contact },
  { id: 'received', title: 'Came from', wide: true, cell: ({ received }) => <Hostile text={received} />, sort: ({ received }) => received },
  {
    id: 'agent',
    title: 'User agent',
    wide: true,
    cell: ({ user_agent }) => <Hostile text={user_agent} />,
    sort: ({ user_agent }) => user_agent,
  },
  { id: 'at', title: 'Registered', cell: ({ last_modified }) => <Since at={last_modified} />, sort: ({ last_modified }) => last_modified },
  { id: 'expires', title: 'Still bound', cell: ({ expires }) => <Bound until={expires} />, sort: ({ expires }) => expires },
]

/** Contacts that were bound to users, expired ones too. */
export function Contacts({ registrations }: { readonly registrations: readonly RegistrationJson[] }) {
  return (
    <section class="panel table">
      <h2>Registrations</h2>
      <Table
        caption="Registrations"
        columns={COLUMNS}
        rows={registrations}
        keyOf={({ user, domain, contact, received }) => `${user} ${domain} ${contact} ${received}`}
      />
    </section>
  )
}

function Bound({ until }: { readonly until: string }) {
  return Date.parse(until) > useNow() ? <Remaining until={until} /> : <Badge>expired</Badge>
}
