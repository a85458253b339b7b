import type { ChangeJson, EventJson, PastBanJson, RecordedJson, RegistrationJson } from '../../api/records-wire.ts'

/** Something that happened at an address or to a user, and when. */
export type Moment = { readonly at: string } & (
  | { readonly what: 'event'; readonly event: EventJson }
  | { readonly what: 'ban' | 'lifted' | 'ended'; readonly ban: PastBanJson }
  | { readonly what: 'registration'; readonly registration: RegistrationJson }
  | { readonly what: 'change'; readonly change: ChangeJson }
)

/** All that is recorded as one story, newest first. A ban's end is a moment of its own once it is past. */
export function timeline(recorded: RecordedJson, nowMs: number): Moment[] {
  const moments: Moment[] = [
    ...recorded.events.map((event): Moment => ({ what: 'event', at: event.at, event })),
    ...recorded.bans.flatMap((ban) => bansMoments(ban, nowMs)),
    ...recorded.registrations.map((registration): Moment => ({ what: 'registration', at: registration.last_modified, registration })),
    ...recorded.changes.map((change): Moment => ({ what: 'change', at: change.at, change })),
  ]
  // ISO 8601 in UTC: the order of the texts is that of the times.
  return moments.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
}

function bansMoments(ban: PastBanJson, nowMs: number): Moment[] {
  const began: Moment = { what: 'ban', at: ban.at, ban }
  if (ban.lifted_at !== null) return [{ what: 'lifted', at: ban.lifted_at, ban }, began]
  if (ban.until !== null && Date.parse(ban.until) <= nowMs) return [{ what: 'ended', at: ban.until, ban }, began]
  return [began]
}
