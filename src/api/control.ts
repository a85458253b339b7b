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
import type { AlertKind, AllowEntry, Ban, BanDecision, SkipDecision, Totals, TrustLevel } from '../types.ts'

/** What the daemon can be asked and told; the API and the command line know nothing else of it. Implemented in src/daemon/. */
export interface Control {
  status(): StatusReport
  /** Active bans, newest first. */
  bans(): Ban[]
  /** All bans that stand in the fleet, newest first; none without a fleet. */
  fleetBans(): Ban[]
  /** Enters a ban and resolves when the kernel has it. `forMs` null: for ever; undefined: the jail's bantime, else 1h. Any jail's name will do: Fail2Ban has its own. @throws SipguardError ENFORCE_FAILED */
  ban(ip: string, options: { readonly jail?: string; readonly forMs?: number | null }): Promise<BanDecision | SkipDecision>
  /** Lifts every scope that covers an address (or the prefix itself). The bans that ended; empty when there was none. */
  unban(target: string): Promise<LiftedBan[]>
  unbanAll(): Promise<LiftedBan[]>
  allowList(): AllowEntry[]
  /** `forMs` null: for ever. An active ban inside it is lifted. */
  allow(cidr: string, options: { readonly forMs: number | null; readonly comment: string | null }): Promise<AllowEntry>
  disallow(cidr: string): Promise<boolean>
  /** What was recorded. @throws (rejects with) SipguardError RECORDS_OFF, RECORDS_UNAVAILABLE */
  readonly records: RecordsControl
  /** Everything known of an address; what is recorded is null where the records are off or away. */
  aboutAddress(ip: string): Promise<AddressReport>
  /** Everything known of a user. `domain` null: any, as long as only one is known. */
  aboutUser(user: string, domain: string | null): Promise<UserReport>
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

export interface SourceReport {
  readonly name: string
  readonly lag_bytes: number
  /** How far the newest line's own time lies behind its receipt, seconds. */
  readonly lag_seconds: number
  readonly last_line_at: string | null
  readonly lines: number
  /** Lines that no rule knew. */
  readonly unmatched: number
  /** `phones`: its successes tell phones from attackers. `blind`: it says failures and no success. `unknown`: too early to say. */
  readonly protection: Protection
  /** What to do about it, where it is blind. */
  readonly remedy: string | null
  /** Bytes of a log that had been seen and were truncated away before they could be read, since the start. */
  readonly swallowed_bytes: number
  /** How often a log was seen truncated since the start: lines written in the moments before each may be gone, and nobody can know. */
  readonly truncations: number
  /** Lines of a listener that were lost, for they came too fast or their sender did not finish them. */
  readonly dropped_lines: number
  /** Datagrams and connections that a listener turned away: their sender is not listed, or there were too many. */
  readonly refused: number
  readonly trouble: string | null
}

/** One alert as `watch --json` prints it, and in words. */
export interface AlertReport {
  readonly alert: AlertKind
  readonly ip: string
  readonly user: string | null
  readonly at: string
  readonly text: string
}

/** This node's part in its fleet, and all nodes of it. */
export interface FleetReport {
  /** Whether Redis can be used, and since when it can, or cannot. */
  readonly reachable: boolean
  readonly since: string
  readonly last_error: string | null
  /** Decisions of this node that are not in Redis yet. */
  readonly outbox: number
  /** How far this node is behind the decisions of the others, ms; null: it has read none since its start. */
  readonly lag_ms: number | null
  /** Decisions known, those that take others back among them. */
  readonly entries: number
  /** What in Redis no node of ours has written, and own decisions that the others would not read. */
  readonly refused: number
  /** How often all decisions were compared with Redis's. */
  readonly resyncs: number
  /** Events on their way into the windows of all nodes, those that never came there, and those that did; one for each jail they enter. */
  readonly counting: {
    readonly pending: number
    readonly dropped: number
    readonly counted: number
    /** Why Redis does not take them; null: it does. */
    readonly last_error: string | null
  }
  readonly nodes: readonly FleetNodeReport[]
}

export interface FleetNodeReport {
  readonly id: string
  readonly name: string
  readonly version: string
  /** By the clock of the node that is asked. */
  readonly seen_at: string
  /** It was not heard of for more than 30 s. */
  readonly silent: boolean
  /** How far it is behind the decisions of the others, ms; null: it cannot say. */
  readonly lag_ms: number | null
  /** Bans in force there, and of these those that its kernel has confirmed. */
  readonly bans: number
  readonly verified: number
}

export type Protection = 'phones' | 'blind' | 'unknown'

export interface JailReport {
  readonly name: string
  /** Events that entered its windows since the start. */
  readonly found: number
  readonly bans: number
  readonly active: number
}

/** `status --json`; field names are a contract (DESIGN.md section 8). */
export interface StatusReport {
  readonly version: string
  readonly node: string
  readonly started_at: string
  readonly totals: Totals
  readonly sources: readonly SourceReport[]
  readonly jails: readonly JailReport[]
  readonly enforcement: {
    readonly backend: string
    /** Bans in force. */
    readonly active: number
    /** Of these, confirmed by the kernel. */
    readonly verified: number
    readonly last_error: string | null
    /** When something in the firewall was not as we left it and was put right, and what. */
    readonly last_repair: { readonly at: string; readonly what: string } | null
  }
  /** Red when not empty. */
  readonly degraded: readonly { readonly what: string; readonly since: string; readonly remedy: string | null }[]
  /** What operators were told lately, newest first. */
  readonly alerts: readonly AlertReport[]
  /** Null where nothing is shared with other nodes. */
  readonly fleet: FleetReport | null
  /** Rules that are in force without a proof (--allow-unproven), as `filter/rule`. */
  readonly unproven: readonly string[]
  readonly memory: { readonly keys: number; readonly evicted: number; readonly rss_bytes: number }
}
