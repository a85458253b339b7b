import { useCallback, useState } from 'preact/hooks'
import type { AddressJson } from '../../api/records-wire.ts'
import type { WhyJson, WhyNotJson } from '../../api/why-wire.ts'
import type { LiveReport } from '../live.ts'
import { type Loaded, useLoad } from '../load.ts'
import { BanDialog, UnbanAllowDialog } from '../parts/ban-dialogs.tsx'
import { levelWords } from '../parts/evidence-words.ts'
import { Facts } from '../parts/facts.tsx'
import { Subject, UserLink } from '../parts/links.tsx'
import { NothingNamed } from '../parts/look-up.tsx'
import { Place } from '../parts/place.tsx'
import { Recorded } from '../parts/recorded.tsx'
import { liftedWords, unban } from '../parts/unban.ts'
import { Why, WhyNot } from '../parts/why.tsx'
import { hrefOf } from '../route.ts'
import { useMayChange } from '../session.ts'
import { Badge } from '../ui/badge.tsx'
import { Show } from '../ui/loaded.tsx'
import { Hostile } from '../ui/text.tsx'
import { Remaining, Time } from '../ui/time.tsx'
import { attempt } from '../ui/toast.tsx'
import { figure } from '../words.ts'
import '../style/known.css'
import '../style/lines.css'

/** Everything known of one address, why it is banned or why not, and what can be done about it. */
export function AddressPage({ ip }: { readonly ip: string }) {
  const [known, why, whyNot] = useAddress(ip)
  if (ip === '') return <NothingNamed what="address" />
  const reload = () => {
    known.reload()
    why.reload()
    whyNot.reload()
  }
  return (
    <>
      <div class="head">
        <Subject name={ip} />
        {known.data && <State address={known.data} />}
        {known.data && <Actions address={known.data} reload={reload} />}
      </div>
      <div class="stack">
        <Show of={known}>{(address) => <Known address={address} />}</Show>
        {whyNot.data?.banned === false && <WhyNot whyNot={whyNot.data} />}
        {known.data && <Show of={why}>{(explained) => <Why why={explained} />}</Show>}
        {known.data && <Recorded of={ip} recorded={known.data.recorded} trouble={known.data.records_trouble} />}
      </div>
    </>
  )
}

/** What the daemon says of an address, asked again when something happens to it. */
function useAddress(ip: string): [Loaded<AddressJson>, Loaded<WhyJson>, Loaded<WhyNotJson>] {
  const when = useCallback((report: LiveReport) => report.ip === ip, [ip])
  const options = { everyMs: 30_000, when }
  const name = encodeURIComponent(ip)
  const known = useLoad<AddressJson>(ip === '' ? null : `api/addresses/${name}`, options)
  // What is no address is refused once, not three times.
  const why = useLoad<WhyJson>(known.data && `api/why/${name}`, options)
  const whyNot = useLoad<WhyNotJson>(known.data?.bans.length === 0 ? `api/why-not/${name}` : null, options)
  return [known, why, whyNot]
}

function State({ address: { level, bans } }: { readonly address: AddressJson }) {
  const [ban] = bans
  return (
    <>
      {ban && (
        <>
          <Badge tone="bad">banned</Badge> <Remaining until={ban.until} />
        </>
      )}
      <Badge tone={level === 'unknown' ? 'plain' : 'good'} title={levelWords(level)}>
        {level}
      </Badge>
    </>
  )
}

function Actions({ address: { ip, bans, allowed }, reload }: { readonly address: AddressJson; readonly reload: () => void }) {
  const [dialog, setDialog] = useState<'ban' | 'allow' | null>(null)
  if (!useMayChange()) return null

  const lift = () => attempt(async () => liftedWords(ip, await unban(ip)), reload)

  const close = { onClose: () => setDialog(null), onDone: reload }
  return (
    <div class="push actions">
      {bans.length > 0 && (
        <>
          <button type="button" onClick={() => void lift()}>
            Unban
          </button>
          <button type="button" onClick={() => setDialog('allow')}>
            Unban and allow …
          </button>
        </>
      )}
      {bans.length === 0 && !allowed && (
        <button type="button" class="danger" onClick={() => setDialog('ban')}>
          Ban …
        </button>
      )}
      {dialog === 'allow' && <UnbanAllowDialog target={ip} {...close} />}
      {dialog === 'ban' && <BanDialog ip={ip} {...close} />}
    </div>
  )
}

function Known({ address }: { readonly address: AddressJson }) {
  const { level, nth, allowed, phones } = address
  return (
    <section class="panel">
      <h2>Now</h2>
      <Facts
        facts={[
          ['It is', <Hostile text={levelWords(level)} />],
          ['Place', <Place of={address} />],
          ['Banned so far', nth === 0 ? 'never' : nth === 1 ? 'once' : `${figure(nth)} times`],
          ['Allowed', allowed ? <Allowed address={address} /> : null],
          ['Phones there', phones.length === 0 ? 'none' : <Phones users={phones} />],
        ]}
      />
    </section>
  )
}

function Allowed({ address: { allow } }: { readonly address: AddressJson }) {
  if (allow === null) return <>by ignoreip of the configuration</>
  return (
    <>
      by{' '}
      <a href={hrefOf('allow')}>
        <Hostile text={allow.cidr} />
      </a>
      {allow.comment !== null && (
        <>
          {' ('}
          <Hostile text={allow.comment} />)
        </>
      )}
      {allow.until !== null && (
        <>
          {' until '}
          <Time at={allow.until} />
        </>
      )}
    </>
  )
}

/** Users who are known to have succeeded from there. */
function Phones({ users }: { readonly users: readonly string[] }) {
  return (
    <ul class="inline">
      {users.map((user) => (
        <li key={user}>
          <UserLink user={user} />
        </li>
      ))}
    </ul>
  )
}
