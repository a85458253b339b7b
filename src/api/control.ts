import type { FieldSpan } from '../classify/index.ts'
import type { Config } from '../config/types.ts'
import type { WhyJson, WhyWindowJson } from '../explain/why.ts'
import type { WhyNotJson } from '../explain/why-not.ts'
import type { AllowEntry, AuditEntry, AuditQuery, AuditRow } from '../kept.ts'
import type {
  BanRow,
  EventQuery,
  EventRow,
  LocationRow,
  PhoneChange,
  PhoneQuery,
  PhoneRecord,
  UserQuery,
  UserRow,
} from '../records/types.ts'
import type { Ban, BanDecision, EventKind, SkipDecision, TrustLevel } from '../types.ts'
import type { Feed } from './feed.ts'
import type { Wire } from './schema.ts'
import type { fleetAnswer, statusAnswer } from './status-wire.ts'
import type { Tokens } from './tokens.ts'

/** What the daemon can be asked and told; the API and the command line know nothing else of it. Implemented in src/daemon/. */
export interface Control {
  status(): StatusReport
  /** Active bans, newest first. */
  bans(): Ban[]
  /** All bans that stand in the fleet, newest first; none without a fleet. */
  fleetBans(): Ban[]
  /** Enters a ban and resolves when the kernel has it. @throws SipguardError ENFORCE_FAILED */
  ban(ip: string, options: BanOptions): Promise<BanDecision | SkipDecision>
  /**
   * Lifts every scope that covers an address (or the prefix itself). The bans that ended; empty when there was none. `allow`: it enters the allow
   * list first.
   */
  unban(target: string, allow?: AllowOptions): Promise<LiftedBan[]>
  unbanAll(): Promise<LiftedBan[]>
  allowList(): AllowEntry[]
  /** `forMs` null: for ever. An active ban inside it is lifted. */
  allow(cidr: string, options: AllowOptions): Promise<AllowEntry>
  disallow(cidr: string): Promise<boolean>
  /** What happens, as it happens. */
  readonly feed: Feed
  /** The last minutes, 1 to 1440. */
  activity(minutes: number): ActivityReport
  /** Filters and jails in force. */
  rules(): Pick<Config, 'filters' | 'jails'>
  placeOf(ip: string): Place
  /** Why an address (or a /64) is banned, was, or is not. */
  why(ip: string): Promise<WhyJson>
  /** THE cause why an address is not banned. */
  whyNot(ip: string): Promise<WhyNotJson>
  /** What it takes to decide the newest ban of an address again. @throws (rejects with) SipguardError DAEMON_REFUSED */
  bundle(ip: string): Promise<readonly BundleFile[]>
  /** What would become of these lines. @throws SipguardError FILTER_UNKNOWN */
  tryLines(text: string, filter: string | null): TryJson
  /** What was recorded. @throws (rejects with) SipguardError RECORDS_OFF, RECORDS_UNAVAILABLE */
  readonly records: RecordsControl
  readonly tokens: Tokens
  readonly audit: AuditControl
  /** Everything known of an address; what is recorded is null where the records are off or away. */
  aboutAddress(ip: string): Promise<AddressReport>
  /** Everything known of a user. `domain` null: any, as long as only one is known. */
  aboutUser(user: string, domain: string | null): Promise<UserReport>
}

/** Who did what over the API. */
export interface AuditControl {
  /** Never rejects: what was done is done, also where that cannot be written (`status` says so). */
  note(entry: Omit<AuditEntry, 'atMs'>): Promise<void>
  /** The newest first. @throws (rejects with) SipguardError STATE_UNUSABLE */
  list(query: AuditQuery): Promise<readonly AuditRow[]>
}

export interface BanOptions {
  /** Any name will do: Fail2Ban has its own. Default: manual. */
  readonly jail?: string
  /** Null: for ever. Default: the jail's bantime, else 1h. */
  readonly forMs?: number | null
  /** The time when it ends, epoch ms, in place of `forMs`. */
  readonly untilMs?: number
  /** Peers and addresses of phones are skipped as well. */
  readonly unlessTrusted?: boolean
}

/** An entry of the allow list, but for its address. `forMs` null: for ever. */
export interface AllowOptions {
  readonly forMs: number | null
  readonly comment: string | null
}

/** One line that was tried, as `classify --json` says it; `kind` null: no rule knows it. */
export type TryLineJson = {
  readonly line: number
  readonly text: string
  readonly kind: string | null
  readonly fields: readonly FieldSpan[]
} & Record<string, unknown>

export interface TryJson {
  readonly lines: readonly TryLineJson[]
  /** As `replay --json` prints them, each with its line. */
  readonly decisions: readonly ({ readonly line: number } & Record<string, unknown>)[]
  /** What is left counted at the end. */
  readonly windows: readonly Omit<WhyWindowJson, 'lines'>[]
}

/** A file of a bundle (docs/why.md); `latin1`: one character a byte. */
export interface BundleFile {
  readonly name: string
  readonly text: string
  readonly encoding: 'utf8' | 'latin1'
}

export interface RecordsControl {
  /** Off by configuration, or the database cannot be reached: why. Null: neither. */
  readonly trouble: string | null
  events(query: EventQuery): Promise<readonly EventRow[]>
  users(query: UserQuery): Promise<readonly UserRow[]>
  phones(query: PhoneQuery): Promise<readonly PhoneReport[]>
  /** @throws SipguardError MAC_INVALID */
  movePhone(mac: string, extension: string): Promise<number>
  prunePhones(which: { readonly beforeMs: number } | { readonly incomplete: true }): Promise<number>
}

/** Where an address is, by the files of `geo:`; null where they do not say, or there are none. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null
  readonly asn: { readonly number: number; readonly name: string | null } | null
}

/** What happened minute by minute, and who and whom; by the time of receipt, since the start of the daemon. */
export interface ActivityReport {
  /** Start of the first minute. */
  readonly from: string
  /** Since when anything is counted. */
  readonly since: string
  readonly step_seconds: 60
  /** One number a minute, oldest first; kinds that did not occur are left out. */
  readonly kinds: Readonly<Partial<Record<EventKind, readonly number[]>>>
  readonly bans: readonly number[]
  readonly attackers: readonly AttackerReport[]
  readonly targets: readonly { readonly user: string; readonly events: number; readonly last_at: string }[]
}

export interface AttackerReport {
  readonly ip: string
  /** That counted against it. */
  readonly events: number
  readonly last_at: string
  readonly banned: boolean
  readonly place: Place
}

export interface PhoneReport extends Place {
  readonly phone: PhoneRecord
  /** Who the MAC was given to. */
  readonly vendor: string | null
  /** As the User-Agent names it. */
  readonly model: string | null
  readonly firmware: string | null
  /** Whether a contact of it is bound now. */
  readonly status: 'registered' | 'expired'
  /** It was not refreshed for twice as long as it asked for. */
  readonly stale: boolean
  /** It changed its address more than six times within the last hour. */
  readonly flapping: boolean
}

/** What is recorded of an address or a user, newest first. */
export interface RecordedReport {
  readonly events: readonly EventRow[]
  readonly bans: readonly BanRow[]
  readonly registrations: readonly LocationRow[]
  readonly devices: readonly PhoneReport[]
  readonly changes: readonly PhoneChange[]
}

export interface AddressReport extends Place {
  readonly ip: string
  readonly level: TrustLevel
  /** What keeps it from being banned, or is banned, now. */
  readonly allowed: AllowEntry | null
  readonly bans: readonly Ban[]
  /** How often it was banned, as the next ban counts it. */
  readonly nth: number
  /** Users known to have succeeded there. */
  readonly phones: readonly string[]
  readonly recorded: RecordedReport | null
}

export interface UserReport {
  readonly user: string
  readonly domain: string | null
  /** Addresses where this user is known to have succeeded. */
  readonly addresses: readonly string[]
  /** Null where he is in no table. */
  readonly status: UserRow | null
  readonly recorded: RecordedReport | null
}

/** A ban that ended, and what it did. */
export interface LiftedBan {
  readonly ban: Ban
  /** Users known as phones whom it cut off. */
  readonly phones: readonly string[]
  /** Packets that the firewall dropped since it was last placed; null: not known. */
  readonly packets: number | null
}

export type FleetReport = Wire<typeof fleetAnswer>
export type FleetNodeReport = FleetReport['nodes'][number]
export type StatusReport = Wire<typeof statusAnswer>
export type SourceReport = StatusReport['sources'][number]
export type Protection = SourceReport['protection']
export type JailReport = StatusReport['jails'][number]
