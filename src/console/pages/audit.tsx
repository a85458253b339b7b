import { useState } from 'preact/hooks'
import { canonicalAddress } from '../../address.ts'
import { request, withQuery } from '../api.ts'
import { useLoad } from '../load.ts'
import { AddressLink } from '../parts/links.tsx'
import { Badge, type Tone } from '../ui/badge.tsx'
import { Search } from '../ui/field.tsx'
import { Show } from '../ui/loaded.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { Time } from '../ui/time.tsx'
import { sayError } from '../ui/toast.tsx'
import type { AuditJson } from '../wire.ts'

const LIMIT = 100

const TONES: Readonly<Record<string, Tone>> = {
  ...{ ban: 'bad', unban: 'good', 'unban-all': 'warn', allow: 'good', disallow: 'warn', 'login-refused': 'bad' },
  ...{ 'token-add': 'warn', 'token-rm': 'warn' },
}

const COLUMNS: readonly Column<AuditJson>[] = [
  { id: 'at', title: 'When', cell: ({ at }) => <Time at={at} /> },
  { id: 'who', title: 'Who', cell: ({ who }) => <Hostile text={who} /> },
  { id: 'from', title: 'From', cell: ({ from }) => <Hostile text={from} /> },
  { id: 'action', title: 'What', cell: ({ action }) => <Badge tone={TONES[action] ?? 'plain'}>{action}</Badge> },
  { id: 'target', title: 'Target', cell: ({ target }) => <Target target={target} /> },
  { id: 'detail', title: 'More', wide: true, cell: ({ detail }) => <Hostile text={detail} /> },
]

/** Who changed what, when, and from where. */
export function AuditPage() {
  const [target, setTarget] = useState('')
  return (
    <>
      <div class="head">
        <h1>Audit</h1>
        <span class="quiet">who changed what, newest first</span>
      </div>
      <div class="bar">
        <Search label="Address, user or token" value={target} onValue={setTarget} />
      </div>
      <AuditList key={target} target={target.trim()} />
    </>
  )
}

function AuditList({ target }: { readonly target: string }) {
  const loaded = useLoad<readonly AuditJson[]>(withQuery('api/audit', { limit: LIMIT, target }))
  const [older, setOlder] = useState<readonly AuditJson[]>([])
  /** Undefined: that of the first answer. */
  const [cursor, setCursor] = useState<string | null | undefined>(undefined)
  const next = cursor === undefined ? (loaded.headers?.get('X-Next-Cursor') ?? null) : cursor

  async function more(): Promise<void> {
    try {
      const { data, headers } = await request<readonly AuditJson[]>('GET', withQuery('api/audit', { limit: LIMIT, target, after: next }))
      setOlder([...older, ...data])
      setCursor(headers.get('X-Next-Cursor'))
    } catch (error) {
      sayError(error)
    }
  }

  return (
    <Show of={loaded}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title="Nothing was changed.">
            Bans, unbans, entries of the allow list, tokens and logins stand here, whoever made them.
          </Empty>
        ) : (
          <div class="panel table">
            <Table caption="Changes, newest first" columns={COLUMNS} rows={[...rows, ...older]} keyOf={({ id }) => String(id)} />
            {next !== null && (
              <p class="more">
                <button type="button" onClick={() => void more()}>
                  Show older ones
                </button>
              </p>
            )}
          </div>
        )
      }
    </Show>
  )
}

function Target({ target }: { readonly target: string | null }) {
  return target !== null && canonicalAddress(target) === target ? <AddressLink ip={target} /> : <Hostile text={target} />
}
