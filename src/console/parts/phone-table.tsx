import type { PhoneJson } from '../../api/records-wire.ts'
import { Badge } from '../ui/badge.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { Since } from '../ui/time.tsx'
import { AddressLink, UserLink } from './links.tsx'
import { spellMac } from './phone-list.ts'
import { Place } from './place.tsx'
import { visibleText } from './visible-text.ts'

const COLUMNS: readonly Column<PhoneJson>[] = [
  {
    ...{ id: 'extension', title: 'Extension' },
    cell: ({ extension_number }) => <UserLink user={extension_number} />,
    sort: ({ extension_number }) => extension_number,
  },
  { id: 'mac', title: 'MAC', cell: ({ mac_address }) => <Mac mac={mac_address} />, sort: ({ mac_address }) => mac_address },
  {
    ...{ id: 'device', title: 'Device', wide: true },
    cell: (phone) => <Device phone={phone} />,
    sort: ({ vendor, model, user_agent }) => (vendor === null ? user_agent : `${vendor} ${model ?? ''}`),
  },
  {
    ...{ id: 'address', title: 'Address', wide: true },
    cell: (phone) => (
      <>
        <AddressLink ip={phone.ip_address} />
        {(phone.country !== null || phone.asn !== null) && (
          <div class="quiet">
            <Place of={phone} />
          </div>
        )}
      </>
    ),
    sort: ({ ip_address }) => ip_address,
  },
  {
    ...{ id: 'registered', title: 'Last registered' },
    cell: ({ last_registered }) => <Since at={last_registered} />,
    sort: ({ last_registered }) => last_registered,
  },
  { id: 'status', title: 'Status', cell: (phone) => <States phone={phone} />, sort: ({ status }) => status },
]

interface PhoneTableProps {
  readonly phones: readonly PhoneJson[]
  /** Null: nobody may move them. */
  readonly onMove?: ((phone: PhoneJson) => void) | null
}

export function PhoneTable({ phones, onMove = null }: PhoneTableProps) {
  const move: Column<PhoneJson> = {
    id: 'move',
    title: 'Change',
    cell: (phone) =>
      phone.mac_address !== null && (
        <span class="actions">
          <button type="button" aria-label={`Move ${spellMac(phone.mac_address)} to another extension`} onClick={() => onMove?.(phone)}>
            Move …
          </button>
        </span>
      ),
  }
  return <Table caption="Phones" columns={onMove ? [...COLUMNS, move] : COLUMNS} rows={phones} keyOf={({ id }) => String(id)} />
}

/** What it is, or says that it is, and what it runs. */
function Device({ phone: { vendor, model, firmware, user_agent } }: { readonly phone: PhoneJson }) {
  return (
    <>
      <span title={visibleText(user_agent ?? '')}>
        <Hostile text={[vendor, model].filter((part) => part !== null).join(' ') || user_agent} />
      </span>
      {firmware !== null && (
        <div class="quiet">
          <Hostile text={firmware} />
        </div>
      )}
    </>
  )
}

function Mac({ mac }: { readonly mac: string | null }) {
  if (mac === null) return <span class="quiet">not shown</span>
  const spelled = spellMac(mac)
  return (
    <span class="mono mac">
      <Hostile text={spelled} /> <CopyButton text={spelled} />
    </span>
  )
}

function States({ phone: { status, stale, flapping } }: { readonly phone: PhoneJson }) {
  return (
    <span class="badges">
      <Badge tone={status === 'registered' ? 'good' : 'plain'}>{status}</Badge>
      {stale && (
        <Badge tone="warn" title="It has not refreshed its registration for twice as long as it asked for.">
          stale
        </Badge>
      )}
      {flapping && (
        <Badge tone="bad" title="It had more than six addresses within the last hour.">
          flapping
        </Badge>
      )}
    </span>
  )
}
