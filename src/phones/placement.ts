import { BlockList, isIPv4 } from 'node:net'
import type { FormerPhone, Phone, Placement, Registered } from '../phone.ts'
import { modelOf } from './model.ts'

/** Which row of registered_phones a registration belongs to (docs/phones.md, cases A to K). */

/** How far back a phone's former states tell something of what it does now. */
export const FORMER_MS = 864e5

/** Addresses that nobody else can have at the same place. Not 100.64.0.0/10: a carrier shares those out. */
const PRIVATE = new BlockList()
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4')
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4')
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')

const isPrivate = (ip: string) => PRIVATE.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6')

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined)

/** Both say what they are, and it is not the same. */
export function isAnotherMake(one: string | null, other: string | null): boolean {
  if (one === null || other === null || one === other) return false
  const [a, b] = [modelOf(one), modelOf(other)]
  return a === null || b === null || a.vendor !== b.vendor || a.model !== b.model
}

/**
 * `phones`: at least those of the same MAC, those of the same address and extension, and those of the same address that have no MAC.
 * `formers`: what these were within FORMER_MS before the registration, and what phones have left this address and extension since
 * (with those phones among `phones`); only needed where the answer without them is not a mere refresh.
 */
export function place(registered: Registered, phones: readonly Phone[], formers: readonly FormerPhone[]): Placement {
  const here = phones.filter(({ ip, extension }) => ip === registered.ip && extension === registered.extension)
  return (
    (registered.mac === null ? withoutMac(registered, here, phones, formers) : withMac(registered, here, phones, formers)) ??
    formerly(registered, phones, formers) ?? { type: 'insert', firstRegisteredMs: firstSeen(registered, phones, formers) }
  )
}

function withMac(
  registered: Registered,
  here: readonly Phone[],
  phones: readonly Phone[],
  formers: readonly FormerPhone[],
): Placement | undefined {
  const same = phones.filter(({ mac }) => mac === registered.mac)
  const nameless = here.filter(({ mac }) => mac === null)
  const filled =
    nameless.find(({ contactKey }) => contactKey === registered.contactKey) ??
    only(nameless.filter(({ userAgent }) => !isAnotherMake(userAgent, registered.userAgent)))
  const known = same.find(({ extension }) => extension === registered.extension) ?? cameFromElsewhere(same, registered, formers)
  if (known === undefined) return filled && update(registered, filled, null, formers)
  const arrived = known.ip !== registered.ip || known.extension !== registered.extension
  return update(registered, known, arrived ? (filled ?? null) : null, formers)
}

/** The phone that has come from another extension. */
function cameFromElsewhere(same: readonly Phone[], registered: Registered, formers: readonly FormerPhone[]): Phone | undefined {
  const moved = same.toSorted((a, b) => b.lastRegisteredMs - a.lastRegisteredMs)[0]
  return moved === undefined || hasBoth(moved, registered.extension, formers) ? undefined : moved
}

/** A phone with two lines goes back and forth: at the second time round both are its own, each with a row. */
function hasBoth(phone: Phone, extension: string, formers: readonly FormerPhone[]): boolean {
  const before = statesOf(phone, formers).map((state) => state.extension)
  const turns = before.filter((one, i) => i > 0 && one !== before[i - 1]).length
  return turns > 1 && before.includes(extension)
}

/** When a phone that has both lines was first seen on this one, as far back as `formers` goes. */
function firstSeen({ mac, extension, atMs }: Registered, phones: readonly Phone[], formers: readonly FormerPhone[]): number {
  const sinceMs = phones
    .filter((phone) => mac !== null && phone.mac === mac)
    .map((phone) => {
      const states = statesOf(phone, formers)
      const first = states.findIndex((state) => state.extension === extension)
      const before = states[first - 1]
      return first === 0 ? phone.firstRegisteredMs : before !== undefined && 'atMs' in before ? before.atMs : atMs
    })
  return Math.min(atMs, ...sinceMs)
}

/** The oldest first; the last is what it is now. */
const statesOf = (phone: Phone, formers: readonly FormerPhone[]) => [
  ...formers.filter(({ phoneId }) => phoneId === phone.id).toSorted((a, b) => a.atMs - b.atMs),
  phone,
]

function withoutMac(
  registered: Registered,
  here: readonly Phone[],
  phones: readonly Phone[],
  formers: readonly FormerPhone[],
): Placement | undefined {
  const known = here.length > 0 ? sameContact(registered, here) : movedHere(registered, phones, formers)
  return known && update(registered, known, null, formers)
}

/** Among the phones of this address and extension, the one that it must be. */
function sameContact({ contactKey, userAgent }: Registered, here: readonly Phone[]): Phone | undefined {
  const nameless = here.filter(({ mac }) => mac === null)
  const exact = nameless.find((phone) => phone.contactKey === contactKey)
  if (exact !== undefined) return exact
  if (contactKey === '') return only(here) ?? only(nameless)
  const alike = here.filter((phone) => phone.mac !== null && phone.contactKey === contactKey)
  if (alike.length > 0) return only(alike)
  const left = only(nameless) ?? only(here)
  if (left === undefined || left.contactKey === '') return left
  // Without a MAC another contact is another phone; one with a MAC may have a new port.
  return left.mac !== null && userAgent !== null && left.userAgent === userAgent ? left : undefined
}

/** A phone of another extension at this address. A public address is shared by many: there contact and user agent must be the same. */
function movedHere(registered: Registered, phones: readonly Phone[], formers: readonly FormerPhone[]): Phone | undefined {
  const nameless = phones.filter(({ mac, ip, extension }) => mac === null && ip === registered.ip && extension !== registered.extension)
  const same = nameless.filter(
    ({ contactUri, userAgent }) =>
      contactUri !== null && contactUri === registered.contactUri && userAgent !== null && userAgent === registered.userAgent,
  )
  const moved = only(same) ?? (isPrivate(registered.ip) ? only(nameless) : undefined)
  if (moved === undefined || isAnotherMake(moved.userAgent, registered.userAgent)) return undefined
  return hasBoth(moved, registered.extension, formers) ? undefined : moved
}

/** A registration that comes late, of a phone that has left that address and extension since. */
function formerly(registered: Registered, phones: readonly Phone[], formers: readonly FormerPhone[]): Placement | undefined {
  const left = formers.find(
    ({ atMs, ip, extension, mac }) =>
      atMs >= registered.atMs &&
      ip === registered.ip &&
      extension === registered.extension &&
      (mac === null || registered.mac === null || mac === registered.mac),
  )
  const phone = phones.find(({ id, mac }) => id === left?.phoneId && (registered.mac === null || mac === registered.mac))
  return phone && phone.lastRegisteredMs >= registered.atMs ? late(registered, phone, null) : undefined
}

function update(registered: Registered, from: Phone, absorbed: Phone | null, formers: readonly FormerPhone[]): Placement {
  if (isLate(registered, from, formers)) return late(registered, from, absorbed)
  const { mac, userAgent, contactUri, contactKey } = registered
  const to = {
    ...from,
    mac: mac ?? from.mac,
    extension: registered.extension,
    ip: registered.ip,
    userAgent: userAgent ?? from.userAgent,
    contactUri: contactUri ?? from.contactUri,
    contactKey: contactUri === null ? from.contactKey : contactKey,
    expires: registered.expires,
    firstRegisteredMs: earliest(registered, from, absorbed),
    lastRegisteredMs: registered.atMs,
  }
  const moved = to.mac !== from.mac || to.extension !== from.extension || to.ip !== from.ip
  return { type: 'update', from, to, changed: moved || (to.userAgent !== from.userAgent && !alternates(from, to, formers)), absorbed }
}

/** A registration that moves nothing: of where the phone is it may tell what was not known. */
function late(registered: Registered, from: Phone, absorbed: Phone | null): Placement {
  const samePlace = from.ip === registered.ip && from.extension === registered.extension
  const filled = samePlace ? { ...from, mac: from.mac ?? registered.mac, userAgent: from.userAgent ?? registered.userAgent } : from
  const to = { ...filled, firstRegisteredMs: earliest(registered, from, absorbed) }
  return { type: 'update', from, to, changed: filled.mac !== from.mac, absorbed }
}

const earliest = ({ atMs }: Registered, from: Phone, absorbed: Phone | null): number =>
  Math.min(from.firstRegisteredMs, absorbed?.firstRegisteredMs ?? Infinity, atMs)

/** Two phones that cannot be told apart show two user agents in turn: that is no news each time. */
const alternates = (from: Phone, to: Phone, formers: readonly FormerPhone[]) =>
  from.mac === null && formers.some(({ phoneId, userAgent }) => phoneId === from.id && userAgent === to.userAgent)

/** Older than what is known, or what the phone, within the same moment, has left already (so that writing twice changes nothing). */
function isLate(registered: Registered, from: Phone, formers: readonly FormerPhone[]): boolean {
  if (registered.atMs !== from.lastRegisteredMs) return registered.atMs < from.lastRegisteredMs
  return formers.some(
    ({ phoneId, atMs, ip, extension, mac, userAgent }) =>
      phoneId === from.id &&
      atMs === registered.atMs &&
      ip === registered.ip &&
      extension === registered.extension &&
      (registered.mac === null || mac === null || mac === registered.mac) &&
      (registered.userAgent === null || userAgent === registered.userAgent),
  )
}
