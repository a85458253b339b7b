import { Empty } from '../ui/states.tsx'

/** Instead of what is recorded, where nothing is: why, if that is known, and how to have it. */
export function NoRecords({ trouble }: { readonly trouble: string | null }) {
  return (
    <Empty title="There are no records to show.">
      <p>{trouble ?? 'They are switched off, or their database cannot be reached; then the page “Now” says why.'}</p>
      <p>
        To switch them on, write <code>records: sqlite</code> (or a <code>postgres://</code> URL) into{' '}
        <code>/etc/sipguard/sipguard.yaml</code> and restart the daemon: <code>systemctl restart sipguard</code>. Guarding goes on without
        them.
      </p>
    </Empty>
  )
}
