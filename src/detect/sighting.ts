import { parseIPv4 } from '../ipv4.ts'
import type { LinePlace, SipEvent, Standing } from '../types.ts'
import { isShortUser, userOf } from '../user-name.ts'
import { encodeHit, encodeValue, HIT_WORDS, type LooseHit } from './hits.ts'
import { placeOf } from './ids.ts'
import { endpointOf } from './keys.ts'
import type { Names } from './names.ts'
import { IS_IPV4, type KeyKind, PAIR, SWEPT_PORTS, USER } from './records.ts'
import type { Store } from './store.ts'
import type { Window } from './window.ts'
import type { Entering } from './windows.ts'

/** An address, a /64 or an endpoint. */
export interface Place {
  text: string
  /** The IPv4 address, or the name. */
  key: number
  isIPv4: boolean
}

/**
 * One event as the records see it: names in place of texts, found once for all jails and held until `done`. There is one of these, for
 * one event after the other.
 */
export class Sighting implements Entering {
  event!: SipEvent
  atMs = 0
  proved = false
  /** As it stands in the records, with what `countFor` has set. */
  readonly hit: LooseHit = new Int32Array(HIT_WORDS)
  isSwept = false
  /** What its events count under by address; `distinct: ip` counts these. */
  readonly network: Place = { text: '', key: 0, isIPv4: false }
  /** What `ip` means in a key: where phones are known the endpoint, else the network. */
  place: Place = this.network
  readonly #endpoint: Place = { text: '', key: 0, isIPv4: false }
  readonly #address: Place = { text: '', key: 0, isIPv4: false }
  readonly #names: Names
  /** So many of them, for this event. */
  readonly #held: number[] = []
  #heldCount = 0
  #user = 0
  #userKnown = false
  /** Whether some jail that looks at the event needs its user. */
  #wantsUser = false
  /** That of the event before: those of one stream share it. */
  #stem: number
  #stemText = ''

  constructor(names: Names) {
    this.#names = names
    this.#stem = names.hold('')
  }

  look(event: SipEvent, standing: Standing, linePlace: LinePlace | null, wantsUser: boolean): void {
    const { level, network } = standing
    this.event = event
    this.#wantsUser = wantsUser
    this.atMs = event.atMs
    this.proved = event.proved
    const { stem, offset } = linePlace ?? placeOf(event.id)
    this.#holdStem(stem)
    encodeHit({ atMs: event.atMs, stem: this.#stem, offset, proved: event.proved, value: 0, valueIsIPv4: false }, this.hit, 0)
    this.#userKnown = false
    this.isSwept = isSwept(event, standing)
    this.#resolve(this.network, network)
    const endpoint = level === 'phone' ? endpointOf(event) : null
    this.place = endpoint === null ? this.network : this.#resolve(this.#endpoint, endpoint)
  }

  done(): void {
    for (let i = 0; i < this.#heldCount; i++) this.#names.release(this.#held[i]!)
    this.#heldCount = 0
  }

  /** Sets what a window of this kind of records has for different values. */
  countFor(kind: KeyKind): void {
    encodeValue(this.#valueFor(kind), kind === USER && this.network.isIPv4, this.hit, 0)
  }

  #valueFor(kind: KeyKind): number {
    if (kind === USER) return this.network.key
    if (kind === SWEPT_PORTS) return this.place.key
    return kind === PAIR || !this.#wantsUser ? 0 : this.user
  }

  /** The event's own address. */
  get address(): Place {
    const ip = this.event.ip!
    return ip === this.network.text ? this.network : this.#resolve(this.#address, ip)
  }

  /** The user's name; 0 without one. */
  get user(): number {
    if (!this.#userKnown) {
      this.#userKnown = true
      const { user, domain } = this.event
      if (!user) this.#user = 0
      else this.#user = isShortUser(user, domain) ? this.#hold(user, domain || null) : this.#hold(userOf(this.event)!)
    }
    return this.#user
  }

  get userText(): string | null {
    return userOf(this.event)
  }

  #resolve(place: Place, text: string): Place {
    const address = parseIPv4(text)
    place.text = text
    place.isIPv4 = address !== null
    place.key = address ?? this.#hold(text)
    return place
  }

  #hold(text: string, domain: string | null = null): number {
    const name = this.#names.hold(text, domain)
    this.#held[this.#heldCount++] = name
    return name
  }

  #holdStem(text: string): void {
    if (text === this.#stemText) return
    this.#names.release(this.#stem)
    this.#stem = this.#names.hold(text)
    this.#stemText = text
  }
}

/** Whether an event may be one of a sweep over users or endpoints from a phone's address. */
export function isSwept({ proved, counted }: SipEvent, { level, own }: Standing): boolean {
  return level === 'phone' && !own && proved && counted
}

/** The record of a window for an event from this place. */
export function openRecord(store: Store, { kind, tag }: Window, place: Place, seen: Sighting): number {
  if (kind === USER) return store.open(tag, seen.user, 0)
  return store.open(place.isIPv4 ? tag | IS_IPV4 : tag, place.key, kind === PAIR ? seen.user : 0)
}

/** The same, or 0 where there is none. */
export function findRecord(store: Store, { kind, tag }: Window, place: Place, seen: Sighting): number {
  if (kind === USER) return store.find(tag, seen.user, 0)
  return store.find(place.isIPv4 ? tag | IS_IPV4 : tag, place.key, kind === PAIR ? seen.user : 0)
}
