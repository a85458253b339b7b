import { useMemo, useState } from 'preact/hooks'
import type { AllowJson } from '../../api/wire.ts'
import { del } from '../api.ts'
import { useLoad } from '../load.ts'
import { allowToCsv } from '../parts/allow-csv.ts'
import { AllowForm } from '../parts/allow-form.tsx'
import { AllowImport } from '../parts/allow-import.tsx'
import { matches } from '../parts/matching.ts'
import { useMayChange } from '../session.ts'
import { ActionDialog } from '../ui/dialog.tsx'
import { Search } from '../ui/field.tsx'
import { Show } from '../ui/loaded.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { Remaining, Time } from '../ui/time.tsx'
import { attempt } from '../ui/toast.tsx'
import { figure } from '../words.ts'

type Open = { readonly dialog: 'add' | 'import' } | { readonly dialog: 'remove'; readonly cidr: string } | null

const COLUMNS: readonly Column<AllowJson>[] = [
  { id: 'cidr', title: 'Address or network', cell: ({ cidr }) => <Network cidr={cidr} />, sort: ({ cidr }) => cidr },
  { id: 'comment', title: 'Comment', wide: true, cell: ({ comment }) => <Hostile text={comment} />, sort: ({ comment }) => comment },
  {
    ...{ id: 'left', title: 'Remaining' },
    cell: ({ until }) => <Remaining until={until} />,
    sort: ({ until }) => (until === null ? Number.MAX_VALUE : Date.parse(until)),
  },
  { id: 'added', title: 'Added', cell: ({ added }) => <Time at={added} />, sort: ({ added }) => added },
]

const Network = ({ cidr }: { readonly cidr: string }) => (
  <span class="mono">
    <Hostile text={cidr} />
  </span>
)

/** Who is never counted and never banned. */
export function AllowPage() {
  const loaded = useLoad<readonly AllowJson[]>('api/allow', { everyMs: 30_000 })
  const mayChange = useMayChange()
  const [open, setOpen] = useState<Open>(null)
  const [wanted, setWanted] = useState('')
  const shown = useMemo(() => (loaded.data ?? []).filter(({ cidr, comment }) => matches(wanted, [cidr, comment])), [loaded.data, wanted])
  const close = () => setOpen(null)

  const remove: Column<AllowJson> = {
    ...{ id: 'actions', title: 'Actions' },
    cell: ({ cidr }) => (
      <span class="actions">
        <button type="button" aria-label={`Remove ${cidr}`} onClick={() => setOpen({ dialog: 'remove', cidr })}>
          Remove …
        </button>
      </span>
    ),
  }

  return (
    <>
      <div class="head">
        <h1>Allow list</h1>
        {loaded.data && <span class="quiet">{figure(loaded.data.length)} in force, besides ignoreip: of the configuration</span>}
      </div>
      <div class="bar">
        <Search label="Address, comment" value={wanted} onValue={setWanted} />
        <button type="button" disabled={loaded.data === null} onClick={() => download('allow-list.csv', allowToCsv(loaded.data ?? []))}>
          Export CSV
        </button>
        {mayChange && (
          <>
            <button type="button" onClick={() => setOpen({ dialog: 'import' })}>
              Import CSV …
            </button>
            <button type="button" class="push" onClick={() => setOpen({ dialog: 'add' })}>
              Allow an address …
            </button>
          </>
        )}
      </div>
      <Show of={loaded}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty title="The list is empty.">
              Put the addresses here that must never be banned: your offices, your carriers, whoever administers this machine.
            </Empty>
          ) : (
            <div class="panel table">
              <Table
                caption="Allow list"
                columns={mayChange ? [...COLUMNS, remove] : COLUMNS}
                rows={shown}
                keyOf={({ cidr }) => cidr}
                order={{ column: 'cidr', descending: false }}
              />
              {shown.length === 0 && <Empty title="No entry is like that." />}
            </div>
          )
        }
      </Show>
      {open?.dialog === 'add' && <AllowForm onClose={close} onDone={loaded.reload} />}
      {open?.dialog === 'import' && <AllowImport onClose={close} onDone={loaded.reload} />}
      {open?.dialog === 'remove' && <RemoveDialog cidr={open.cidr} onClose={close} onDone={loaded.reload} />}
    </>
  )
}

function RemoveDialog({ cidr, onClose, onDone }: { readonly cidr: string; readonly onClose: () => void; readonly onDone: () => void }) {
  async function remove(): Promise<string> {
    await del(`api/allow/${encodeURIComponent(cidr)}`)
    return `${cidr} is not in the allow list any more.`
  }
  return (
    <ActionDialog title={`Remove ${cidr}?`} action="Remove" danger onClose={onClose} onConfirm={() => attempt(remove, onDone, onClose)}>
      <p>What it does from now on is counted, and may ban it.</p>
    </ActionDialog>
  )
}

/** Hands a text to the browser as a file. */
function download(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
