import type { HealthKind } from '../health-kinds.ts'
import type { AlertKind, EventFields, EventKind, KnockReason } from '../types.ts'

/** The field tags of a failregex, and the event field each fills. `<PORT>` is a tag of its own. */
export type FieldName = Exclude<keyof EventFields, 'port'> | 'display' | 'params'

export interface Guarantee {
  /** A character class, `[^ ]`, of what the server lets through here. */
  readonly alphabet: string
  /** RFC section or the server's source file. */
  readonly source: string
}

/** Server whose line prefixes may stand before the message; each has one file in src/pattern/prefix/. */
export const PREFIXES = ['opensips', 'kamailio', 'asterisk', 'freeswitch'] as const
export type PrefixName = (typeof PREFIXES)[number]

export interface FilterRule {
  readonly id: string
  readonly kind: EventKind
  /** Of a door_knock; null for other kinds. */
  readonly reason: KnockReason | null
  readonly failregex: string
  readonly ignoreregex: string | null
  readonly guarantees: Readonly<Partial<Record<FieldName | 'port', Guarantee>>>
  readonly verdict: 'proved' | 'runtime'
  readonly shadow: boolean
  /** By default as its kind; a rule without an address is never counted. */
  readonly counted: boolean
  /** How this line spells IPv6: `any` bare or in brackets, `bracketed` only in brackets. */
  readonly ipv6: 'any' | 'bracketed'
  /** Field values that the line's shape implies, `{ method: REGISTER }`. */
  readonly set: Readonly<Partial<EventFields>>
}

export interface Filter {
  readonly name: string
  /** Where it was read from. */
  readonly path: string
  readonly prefix: PrefixName
  /** Program names (basename) that a syslog prefix may carry for this server. */
  readonly programs: readonly string[]
  readonly rules: readonly FilterRule[]
  /** Lines of this server that repeat attacker text and are nobody's failure. */
  readonly echo: readonly string[]
}

/** What an event's address, user or both are counted under. */
export type JailKey = 'ip' | 'user'

export interface Jail {
  readonly name: string
  readonly kinds: readonly EventKind[]
  /** Null: all. An entry `!x` excludes x; a list of exclusions only takes all the rest. */
  readonly reasons: readonly string[] | null
  readonly methods: readonly string[] | null
  readonly filters: readonly string[] | null
  readonly by: readonly JailKey[]
  readonly distinct: 'user' | 'ip' | null
  readonly maxretry: number
  readonly findtimeMs: number
  /** Null: for ever. */
  readonly bantimeMs: number | null
  readonly increment: { readonly factor: number; readonly maxtimeMs: number } | null
  readonly unless: 'success' | null
  readonly alertonly: boolean
  readonly then: JailStage | null
}

/** A second stage, armed for a key while the first is full. */
export interface JailStage {
  readonly by: readonly JailKey[]
  readonly maxretry: number
  readonly findtimeMs: number
  readonly bantimeMs: number | null
}

export interface FileSource {
  readonly type: 'file'
  /** Path or glob. */
  readonly file: string
  readonly filter: string | null
}

/** systemd's journal: what the given units wrote, or (also) what goes by the given syslog identifiers. */
export interface JournalSource {
  readonly type: 'journal'
  /** Whole unit names, `kamailio.service`: a field that only journald writes. */
  readonly units: readonly string[]
  /** Any local user can log under any identifier. */
  readonly identifiers: readonly string[]
  /** Where the journal files lie; null: this machine's own journal. */
  readonly directory: string | null
  readonly filter: string | null
}

/** Standard input. */
export interface StdinSource {
  readonly type: 'stdin'
  readonly filter: string | null
}

/** What a listener listens on. */
export const LISTEN_PROTOCOLS = ['udp', 'tcp'] as const
export type ListenProtocol = (typeof LISTEN_PROTOCOLS)[number]

/** A syslog listener. */
export interface SyslogSource {
  readonly type: 'syslog'
  /** IP address. */
  readonly host: string
  readonly port: number
  readonly protocols: readonly ListenProtocol[]
  /** Addresses and CIDRs that may send; null: everybody who reaches it. */
  readonly from: readonly string[] | null
  readonly filter: string | null
}

/** What a container writes, as Docker's json-file driver keeps it. */
export interface DockerSource {
  readonly type: 'docker'
  /** Name or (the beginning of an) id. */
  readonly container: string
  /** Docker's own directory. */
  readonly root: string
  readonly filter: string | null
}

/** A listener for the SIP that servers mirror as HEPv3. */
export interface HepSource {
  readonly type: 'hep'
  /** IP address. */
  readonly host: string
  readonly port: number
  readonly protocols: readonly ListenProtocol[]
  /** Addresses and CIDRs that may send; null: everybody who reaches it. */
  readonly from: readonly string[] | null
  /** What each packet must carry as its authentication key (chunk 0x0e); null: none is asked for. */
  readonly key: string | null
}

export type SourceConfig = FileSource | JournalSource | StdinSource | SyslogSource | DockerSource | HepSource

/** Where the security tables and the phones are kept. */
export type RecordsConfig =
  | { readonly type: 'off' }
  | ({
      /** What is older is removed, but for phones. */
      readonly keepMs: number
      /** So many events of one address a minute are written in full, the rest is counted. */
      readonly perMinute: number
    } & (
      | { readonly type: 'sqlite' }
      /** May hold a password: never to be shown. */
      | { readonly type: 'postgres'; readonly url: string }
    ))

export interface HttpConfig {
  /** Beyond loopback only with `tls` or `insecure`. */
  readonly host: string
  readonly port: number
  /** A file of tokens, one a line; null: only those of the state are known. */
  readonly tokenfile: string | null
  /** Files in PEM; null: nothing is encrypted. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly insecure: boolean
  /** Names and addresses besides loopback and `host` under which requests may come; canonical. */
  readonly hosts: readonly string[]
}

export interface TrustConfig {
  /** How long a registration or authentication makes its address one of phones. */
  readonly phoneMs: number
  /** Different users that may fail, proved, from a phone's address within findtime before the address is banned. */
  readonly maxUsers: number
  /** Different endpoints, likewise. */
  readonly maxPorts: number
}

/** Where counters, bans and lists are kept: always on this node, and with `redis` shared with others. */
export type StoreConfig = {
  /** Addresses and users that are counted at the same time. */
  readonly maxkeys: number
} & (
  | { readonly type: 'embedded' }
  | {
      readonly type: 'redis'
      /** One server, or some nodes of a Cluster. */
      readonly urls: readonly string[]
      /** First part of every key. */
      readonly prefix: string
      /** This node's `peers:` hold for all nodes. */
      readonly publishPeers: boolean
    }
)

/** How soon operators are told: at once, within five minutes, in an hourly digest. */
export const SEVERITIES = ['critical', 'error', 'warning'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What a message to operators may be: as urgent as that, or the daily line. */
export const MESSAGE_CLASSES = [...SEVERITIES, 'daily'] as const
export type MessageClass = (typeof MESSAGE_CLASSES)[number]

/** A way to operators. */
export type ChannelConfig = {
  /** Only such messages go here. */
  readonly severities: readonly MessageClass[]
} & (
  | {
      readonly type: 'webhook'
      /** May hold a secret: never to be shown, but for its origin. */
      readonly url: string
      readonly format: 'json' | 'slack'
    }
  | { readonly type: 'exec'; readonly argv: readonly [string, ...string[]] }
  | {
      readonly type: 'mail'
      readonly to: readonly string[]
      readonly from: string
      readonly smtp: {
        readonly host: string
        readonly port: number
        /** From the start; by STARTTLS, or not at all; by STARTTLS where it is offered; never. */
        readonly tls: 'always' | 'needed' | 'offered' | 'none'
        /** Whether the server's certificate must hold. */
        readonly verify: boolean
        readonly user: string | null
        /** Never to be shown. */
        readonly password: string
      }
    }
)

/** What operators are told, when, and by which ways. */
export interface NotifyConfig {
  readonly channels: readonly ChannelConfig[]
  /** In place of a kind's own severity; `none`: it is not sent. */
  readonly severity: Readonly<Partial<Record<AlertKind | HealthKind, Severity | 'none'>>>
  /** The same is not said again for so long. */
  readonly cooldownMs: number
  /** Local time of the daily line; null: there is none. */
  readonly daily: { readonly hour: number; readonly minute: number } | null
}

export const ENFORCE_BACKENDS = ['none', 'nftables', 'iptables'] as const
export type EnforceBackend = (typeof ENFORCE_BACKENDS)[number]

export interface Config {
  /** Null: built-in defaults, no file was read. */
  readonly path: string | null
  readonly sources: readonly SourceConfig[]
  /** All jails in force: shipped ones with their overrides, and own ones. */
  readonly jails: readonly Jail[]
  /** All filters in force: shipped ones and the configuration's own `filters:` files. */
  readonly filters: readonly Filter[]
  /** Addresses, CIDRs, DNS names. */
  readonly ignoreip: readonly string[]
  /** PBX, dispatcher destinations, carriers: addresses, CIDRs, DNS names. */
  readonly peers: readonly string[]
  /** Addresses and CIDRs that are this host's own (cloud or VRRP addresses). */
  readonly self: readonly string[]
  readonly enforce: EnforceBackend
  /** Ports that are never dropped, `tcp/22`. */
  readonly never: readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[]
  /** IANA zone for times without one. */
  readonly tz: string
  readonly trust: TrustConfig
  readonly unproved: {
    /** The longest ban on evidence whose source address may be forged; null: as long as any. */
    readonly maxbantimeMs: number | null
  }
  readonly store: StoreConfig
  /** Where else the API is served, besides the socket; null: nowhere. */
  readonly http: HttpConfig | null
  readonly records: RecordsConfig
  /** A CSV file of the MACs that may register, and as which extension; null: not known. */
  readonly provisioned: string | null
  /** Files in MaxMind's format; null: not known. */
  readonly geo: { readonly country: string | null; readonly asn: string | null }
  /** Of what is seen both as HEP and in a log: `hep`, count it once; `none`, count both. */
  readonly prefer: 'hep' | 'none'
  readonly notify: NotifyConfig
}
