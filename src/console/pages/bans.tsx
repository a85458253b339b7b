import { useMemo, useState } from 'preact/hooks'
import { coverage } from '../../report.ts'
import type { LiveReport } from '../live.ts'
import { useLoad } from '../load.ts'
import { BanDialog, UnbanAllowDialog, UnbanManyDialog } from '../parts/ban-dialogs.tsx'
import { AddressLink } from '../parts/links.tsx'
import { matches } from '../parts/matching.ts'
import { Place } from '../parts/place.tsx'
import { liftedWords, unban } from '../parts/unban.ts'
import { useMayChange } from '../session.ts'
import { Badge } from '../ui/badge.tsx'
import { Choice, Search } from '../ui/field.tsx'
import { Show } from '../ui/loaded.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Remaining, Time } from '../ui/time.tsx'
import { attempt } from '../ui/toast.tsx'
import type { PlacedBanJson } from '../wire.ts'
import { figure, plural } from '../words.ts'

type Open = { readonly dialog: 'ban' | 'many' } | { readonly dialog: 'allow'; readonly target: string } | null

const isBanReport = ({ type }: LiveReport) => type === 'ban' || type === 'unban' || type === 'restore-ban'
const keyOf = (ban: PlacedBanJson) => coverage(ban)
/** What an unban is asked for. */
const targetOf = ({ prefix, ip }: PlacedBanJson) => prefix ?? ip
const placeOf = ({ country = null, asn = null, as_name = null }: PlacedBanJson) => ({ country, asn, as_name })

const COLUMNS: readonly Column<PlacedBanJson>[] = [
  { id: 'ip', title: 'Address', cell: (ban) => <Covered ban={ban} />, sort: targetOf },
  { id: 'place', title: 'Place', wide: true, cell: (ban) => <Place of={placeOf(ban)} />, sort: ({ country }) => country ?? null },
  { id: 'jail', title: 'Jail', cell: ({ jail }) => <Badge>{jail}</Badge>, sort: ({ jail }) => jail },
  { id: 'since', title: 'Since', cell: ({ at }) => <Time at={at} />, sort: ({ at }) => at },
  {
    ...{ id: 'left', title: 'Remaining' },
    cell: ({ until }) => <Remaining until={until} />,
    sort: ({ until }) => (until === null ? Number.MAX_VALUE : Date.parse(until)),
  },
  { id: 'nth', title: 'Nth ban', numeric: true, cell: ({ nth }) => figure(nth), sort: ({ nth }) => nth },
  { id: 'count', title: 'Counted', numeric: true, cell: ({ count }) => (count === 0 ? '–' : figure(count)), sort: ({ count }) => count },
]

/** Who is banned now, and the ways to end or begin it. */
export function BansPage() {
  const loaded = useLoad<readonly PlacedBanJson[]>('api/bans', { when: isBanReport, everyMs: 60_000 })
  const mayChange = useMayChange()
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  return (
    <>
      <div class="head">
        <h1>Bans</h1>
        {loaded.data && <span class="quiet">{figure(loaded.data.length)} in force</span>}
        {mayChange && (
          <button type="button" class="push" onClick={() => setOpen({ dialog: 'ban' })}>
            Ban an address …
          </button>
        )}
      </div>
      <Show of={loaded}>
        {(bans) =>
          bans.length === 0 ? (
            <Empty title="Nobody is banned.">Bans stand here from the moment they are decided, and go when they are over.</Empty>
          ) : (
            <BanList bans={bans} mayChange={mayChange} reload={loaded.reload} onAllow={(target) => setOpen({ dialog: 'allow', target })} />
          )
        }
      </Show>
      {open?.dialog === 'ban' && <BanDialog onClose={close} onDone={loaded.reload} />}
      {open?.dialog === 'allow' && <UnbanAllowDialog target={open.target} onClose={close} onDone={loaded.reload} />}
    </>
  )
}

interface BanListProps {
  readonly bans: readonly PlacedBanJson[]
  readonly mayChange: boolean
  readonly reload: () => void
  readonly onAllow: (target: string) => void
}

function BanList({ bans, mayChange, reload, onAllow }: BanListProps) {
  const [wanted, setWanted] = useState('')
  const [jail, setJail] = useState('')
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState(false)
  const shown = useMemo(() => bans.filter((ban) => (jail === '' || ban.jail === jail) && matches(wanted, said(ban))), [bans, wanted, jail])
  const jails = [...new Set(bans.map((ban) => ban.jail))].sort()
  // Only what is seen is acted on.
  const chosen = shown.filter((ban) => marked.has(keyOf(ban)))
  const targets = [...new Set(chosen.map(targetOf))]

  const lift = (target: string) => attempt(async () => liftedWords(target, await unban(target)), reload)

  const actions: Column<PlacedBanJson> = {
    ...{ id: 'actions', title: 'Actions' },
    cell: (ban) => (
      <span class="actions">
        <button type="button" aria-label={`Unban ${targetOf(ban)}`} onClick={() => void lift(targetOf(ban))}>
          Unban
        </button>
        <button type="button" aria-label={`Unban and allow ${targetOf(ban)}`} onClick={() => onAllow(targetOf(ban))}>
          + allow …
        </button>
      </span>
    ),
  }

  return (
    <>
      <div class="bar">
        <Search label="Address, place, jail" value={wanted} onValue={setWanted} />
        <Choice label="Jail" value={jail} options={[['', 'all'], ...jails.map((name) => [name, name] as const)]} onValue={setJail} />
        {shown.length < bans.length && <span class="quiet">{plural(shown.length, 'ban')} shown</span>}
        {mayChange && (
          <button type="button" class="push" disabled={chosen.length === 0} onClick={() => setAsking(true)}>
            Unban {chosen.length === 0 ? 'selected' : plural(targets.length, 'address', 'addresses')} …
          </button>
        )}
      </div>
      <div class="panel table">
        <Table
          caption="Bans in force"
          columns={mayChange ? [...COLUMNS, actions] : COLUMNS}
          rows={shown}
          keyOf={keyOf}
          order={{ column: 'since', descending: true }}
          {...(mayChange && { selection: { keys: marked, onChange: setMarked } })}
        />
        {shown.length === 0 && <Empty title="No ban is like that." />}
      </div>
      {asking && (
        <UnbanManyDialog
          targets={targets}
          onClose={() => setAsking(false)}
          onDone={() => {
            setMarked(new Set())
            reload()
          }}
        />
      )}
    </>
  )
}

const said = (ban: PlacedBanJson) => [coverage(ban), ban.jail, ban.country ?? null, ban.asn ? `AS${ban.asn}` : null, ban.as_name ?? null]

function Covered({ ban }: { readonly ban: PlacedBanJson }) {
  return (
    <>
      <AddressLink ip={ban.ip} />
      {ban.prefix !== null && (
        <span class="quiet" title={ban.prefix}>
          {' '}
          and its /64
        </span>
      )}
      {ban.scope === 'endpoint' && (
        <span class="quiet">
          {' '}
          port {ban.port}/{ban.transport ?? 'any'}
        </span>
      )}
      {ban.level !== 'unknown' && (
        <>
          {' '}
          <Badge tone="warn" title="what the address was when it was banned">
            {ban.level}
          </Badge>
        </>
      )}
    </>
  )
}
