/** Registered phones: what the rules (src/phones) and the tables (src/records) both speak of. Types only: nothing here runs. */

/** What a phone shows of itself. */
interface Shown {
  /** 12 lower-case hexadecimal digits; null: none. */
  readonly mac: string | null
  readonly extension: string
  /** Where its packets come from: what a firewall sees. */
  readonly ip: string
  readonly userAgent: string | null
  /** The contact's addr-spec. */
  readonly contactUri: string | null
  /** `user:port` of the contact; empty: not known. */
  readonly contactKey: string
  /** Seconds that it asked for. */
  readonly expires: number
}

/** A successful registration. */
export interface Registered extends Shown {
  readonly atMs: number
}

/** A row of registered_phones. */
export interface Phone extends Shown {
  readonly id: number
  readonly firstRegisteredMs: number
  readonly lastRegisteredMs: number
}

/** A row of phone_history: what a phone was until `atMs`. */
export interface FormerPhone {
  readonly phoneId: number
  readonly atMs: number
  readonly mac: string | null
  readonly extension: string
  readonly userAgent: string | null
  readonly ip: string
}

/** Which row a registration belongs to. */
export type Placement =
  | { readonly type: 'insert'; readonly firstRegisteredMs: number }
  | {
      readonly type: 'update'
      readonly from: Phone
      /** Equal to `from` where there is nothing to write. */
      readonly to: Phone
      /** Its address, MAC, user agent or extension is another: worth a row of history. */
      readonly changed: boolean
      /** A row without a MAC that turns out to be the same phone: its history goes over to `to`, and it goes. */
      readonly absorbed: Phone | null
    }

/** What is known when a successful registration is judged. */
export interface Seen {
  readonly registered: Registered
  /** Its row as it was before; null: it is new. */
  readonly before: Phone | null
  /** The other phones of its extension. */
  readonly others: readonly Phone[]
  /** Addresses that phones of its extension have and had, before this registration. */
  readonly addresses: readonly string[]
}

/** Why it looks like somebody else's, with the evidence in words, which repeat the phone's own text. */
export interface Doubt {
  readonly kind: 'unauthorized_device' | 'credential_suspect'
  readonly detail: string
}
