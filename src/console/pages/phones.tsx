import { useMemo, useState } from 'preact/hooks'
import type { PhoneJson } from '../../api/records-wire.ts'
import { useLoad } from '../load.ts'
import { Firmware } from '../parts/firmware.tsx'
import { matches } from '../parts/matching.ts'
import { NoRecords } from '../parts/no-records.tsx'
import { phoneWords } from '../parts/phone-list.ts'
import { MoveDialog } from '../parts/phone-move.tsx'
import { PruneDialog } from '../parts/phone-prune.tsx'
import { PhoneTable } from '../parts/phone-table.tsx'
import { useMayChange } from '../session.ts'
import { Choice, Search } from '../ui/field.tsx'
import { Show } from '../ui/loaded.tsx'
import { Empty } from '../ui/states.tsx'
import { plural } from '../words.ts'
import '../style/known.css'

const STATES: Readonly<Record<string, { readonly title: string; readonly holds: (phone: PhoneJson) => boolean }>> = {
  all: { title: 'all', holds: () => true },
  registered: { title: 'registered', holds: ({ status }) => status === 'registered' },
  expired: { title: 'expired', holds: ({ status }) => status === 'expired' },
  stale: { title: 'stale', holds: ({ stale }) => stale },
  flapping: { title: 'flapping', holds: ({ flapping }) => flapping },
  incomplete: { title: 'without a MAC', holds: ({ mac_address }) => mac_address === null },
}
const CHOICES = Object.entries(STATES).map(([state, { title }]) => [state, title] as const)

/** The inventory of phones that have registered. */
export function PhonesPage() {
  const loaded = useLoad<readonly PhoneJson[]>('api/registered-phones', { everyMs: 30_000 })
  return (
    <>
      <div class="head">
        <h1>Phones</h1>
      </div>
      <Show of={loaded}>
        {(phones) =>
          loaded.headers?.get('X-Sipguard-Degraded') === 'records' ? (
            <NoRecords trouble={null} />
          ) : phones.length === 0 ? (
            <Empty title="No phone has registered yet.">
              Phones are taken from successful registrations in the log. Where that shows none, see “protection” among the sources on the
              page “Now”.
            </Empty>
          ) : (
            <Inventory phones={phones} reload={loaded.reload} />
          )
        }
      </Show>
    </>
  )
}

function Inventory({ phones, reload }: { readonly phones: readonly PhoneJson[]; readonly reload: () => void }) {
  const [wanted, setWanted] = useState('')
  const [state, setState] = useState('all')
  const [moving, setMoving] = useState<PhoneJson | null>(null)
  const [pruning, setPruning] = useState(false)
  const mayChange = useMayChange()
  const shown = useMemo(
    () => phones.filter((phone) => STATES[state]?.holds(phone) && matches(wanted, phoneWords(phone))),
    [phones, state, wanted],
  )
  return (
    <div class="stack">
      <div class="bar">
        <Search label="Search phones" value={wanted} onValue={setWanted} />
        <Choice label="Show" value={state} options={CHOICES} onValue={setState} />
        <span class="quiet" role="status">
          {shown.length === phones.length ? plural(phones.length, 'phone') : `${shown.length} of ${plural(phones.length, 'phone')}`}
        </span>
        {mayChange && (
          <button type="button" class="push" onClick={() => setPruning(true)}>
            Forget old phones …
          </button>
        )}
      </div>
      {shown.length === 0 ? (
        <Empty title="No phone fits.">Search for less, or show all.</Empty>
      ) : (
        <div class="panel table">
          <PhoneTable phones={shown} onMove={mayChange ? setMoving : null} />
        </div>
      )}
      <Firmware phones={phones} onChoose={setWanted} />
      {moving && <MoveDialog phone={moving} onClose={() => setMoving(null)} onDone={reload} />}
      {pruning && <PruneDialog phones={phones} onClose={() => setPruning(false)} onDone={reload} />}
    </div>
  )
}
