import type { ChangeJson, EventJson, PastBanJson, RegistrationJson } from '../../api/records-wire.ts'
import { formatSpan } from '../../cli/span.ts'
import { Badge } from '../ui/badge.tsx'
import { Hostile } from '../ui/text.tsx'
import { Time } from '../ui/time.tsx'
import { figure, kindWords, plural } from '../words.ts'
import { AddressLink, UserLink } from './links.tsx'
import { spellMac } from './phone-list.ts'
import { Port } from './port.tsx'
import type { Moment } from './timeline.ts'

/** One moment in words. `of`: the address or user whose page it is, which need not be named again. */
export function MomentText({ moment, of }: { readonly moment: Moment; readonly of: string }) {
  switch (moment.what) {
    case 'event':
      return <EventText event={moment.event} of={of} />
    case 'ban':
      return <BanText ban={moment.ban} of={of} />
    case 'lifted':
      return (
        <>
          The ban by <Hostile text={moment.ban.jail} /> was lifted.
        </>
      )
    case 'ended':
      return (
        <>
          The ban by <Hostile text={moment.ban.jail} /> was over.
        </>
      )
    case 'registration':
      return <RegistrationText registration={moment.registration} />
    case 'change':
      return <ChangeText change={moment.change} />
  }
}

function EventText({ event, of }: { readonly event: EventJson; readonly of: string }) {
  const { kind, attempts, user, domain, ip, port, transport, method, code, reason, user_agent, request_uri } = event
  return (
    <>
      <strong>
        <Hostile text={kindWords(kind)} />
      </strong>{' '}
      {attempts > 1 && <Badge tone="warn">{`× ${figure(attempts)}`}</Badge>}{' '}
      {user !== null && named(user, domain) !== of && (
        <>
          as <UserLink user={user} domain={domain} />{' '}
        </>
      )}
      {ip !== of && (
        <>
          from <AddressLink ip={ip} />
        </>
      )}
      <Port port={port} transport={transport} />
      <div class="quiet">
        <Hostile text={[method, code, reason].filter((part) => part !== null).join(' ')} />
        {request_uri !== null && (
          <>
            {' · '}
            <Hostile text={request_uri} />
          </>
        )}
        {user_agent !== null && (
          <>
            {' · '}
            <Hostile text={user_agent} />
          </>
        )}
      </div>
    </>
  )
}

function BanText({ ban, of }: { readonly ban: PastBanJson; readonly of: string }) {
  const { ip, prefix, port, transport, jail, nth, count, at, until } = ban
  const lasts = until === null ? null : Date.parse(until) - Date.parse(at)
  return (
    <>
      <strong>Banned</strong> by <Hostile text={jail} /> {lasts === null ? 'for ever' : `for ${formatSpan(lasts)}`}
      {ip !== of && (
        <>
          : <AddressLink ip={ip} />
        </>
      )}
      <Port port={port} transport={transport} />
      {prefix !== null && (
        <>
          {' '}
          with <Hostile text={prefix} />
        </>
      )}
      <span class="quiet">
        {' · '}
        {count === 0 ? 'entered by a person' : `${plural(count, 'line')}, ban no. ${nth}`}
      </span>
    </>
  )
}

const named = (user: string, domain: string | null): string => (domain ? `${user}@${domain}` : user)

function RegistrationText({ registration }: { readonly registration: RegistrationJson }) {
  const { user, domain, contact, received, user_agent, expires } = registration
  return (
    <>
      <strong>Registered</strong> <UserLink user={user} domain={domain} /> from <Hostile text={received} />
      <span class="quiet">
        {', until '}
        <Time at={expires} />
      </span>
      <div class="quiet">
        <Hostile text={contact} /> · <Hostile text={user_agent} />
      </div>
    </>
  )
}

function ChangeText({ change }: { readonly change: ChangeJson }) {
  const { phone_id, mac_address, extension_number, ip_address, user_agent } = change
  return (
    <>
      <strong>A device changed</strong>: until then phone {phone_id} was extension <UserLink user={extension_number} /> at{' '}
      <AddressLink ip={ip_address} />
      <div class="quiet">
        <Hostile text={mac_address === null ? 'no MAC' : spellMac(mac_address)} /> · <Hostile text={user_agent} />
      </div>
    </>
  )
}
