import type { RecordedJson } from '../../api/records-wire.ts'
import { Contacts } from './contacts.tsx'
import { NoRecords } from './no-records.tsx'
import { PhoneTable } from './phone-table.tsx'
import { Timeline } from './timeline-list.tsx'

interface RecordedProps {
  /** The address or user. */
  readonly of: string
  readonly recorded: RecordedJson | null
  readonly trouble: string | null
}

/** What is recorded of an address or a user, or why nothing is. */
export function Recorded({ of, recorded, trouble }: RecordedProps) {
  if (recorded === null) return <NoRecords trouble={trouble} />
  const { devices, registrations } = recorded
  return (
    <>
      {registrations.length > 0 && <Contacts registrations={registrations} />}
      {devices.length > 0 && (
        <section class="panel table">
          <h2>Devices</h2>
          <PhoneTable phones={devices} />
        </section>
      )}
      <Timeline recorded={recorded} of={of} />
    </>
  )
}
