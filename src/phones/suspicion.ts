import type { Doubt, Seen } from '../phone.ts'
import { isBound } from './health.ts'
import { isScanner, makerOf, modelOf } from './model.ts'
import { isAnotherMake } from './placement.ts'
import type { Provisioned } from './provisioned.ts'
import type { VendorLookup } from './vendor.ts'

/** What makes a successful registration look like somebody else's. Evidence in words; it repeats the phone's own text. */

/** Where an address is; null where it is not known. */
export type PlaceLookup = (ip: string) => { readonly country: string | null; readonly asn: { readonly number: number } | null }

export interface Judging {
  readonly vendorOf: VendorLookup
  readonly placeOf: PlaceLookup
  /** Null: no list was given, any MAC will do. */
  readonly provisioned: Provisioned | null
}

/** At most one of each kind. */
export function doubtsOf(seen: Seen, judging: Judging): Doubt[] {
  const device = [newDevice(seen), notProvisioned(seen, judging), otherVendor(seen, judging)]
  const credential = [scanner(seen), jump(seen, judging), farAway(seen, judging)]
  return [doubt('unauthorized_device', device), doubt('credential_suspect', credential)].filter((one) => one !== null)
}

function doubt(kind: Doubt['kind'], evidence: readonly (string | null)[]): Doubt | null {
  const said = evidence.filter((one) => one !== null)
  return said.length === 0 ? null : { kind, detail: said.join('; ') }
}

const quoted = (userAgent: string | null) => (userAgent === null ? 'no User-Agent' : `'${userAgent.slice(0, 80)}'`)

/** Not one of those that the extension had, nor one of them in another place, as far as can be told. */
function newDevice({ registered: { mac, userAgent, extension }, before, others }: Seen): string | null {
  if (before !== null || others.length === 0) return null
  const sameDevice = others.some((other) =>
    mac !== null && other.mac !== null ? other.mac === mac : other.userAgent === userAgent || !isAnotherMake(other.userAgent, userAgent),
  )
  return sameDevice ? null : `${mac === null ? '' : `MAC ${mac}, `}${quoted(userAgent)} was never seen on extension ${extension}`
}

function notProvisioned({ registered: { mac, extension } }: Seen, { provisioned }: Judging): string | null {
  if (mac === null || provisioned === null) return null
  const extensions = provisioned.get(mac)
  if (extensions === undefined) return `MAC ${mac} is not provisioned`
  return extensions.has(extension) ? null : `MAC ${mac} is provisioned for ${[...extensions].join(', ')}, not for ${extension}`
}

/** Both are known as makers of SIP devices and differ; or the agent names a device, and the MAC is another company's. */
function otherVendor({ registered: { mac, userAgent } }: Seen, { vendorOf }: Judging): string | null {
  const company = mac === null ? null : vendorOf(mac)
  const named = modelOf(userAgent)
  if (company === null || named === null) return null
  const maker = makerOf(company)
  if (maker === named.vendor || (maker === null && !named.device)) return null
  return `MAC ${mac} is ${company}'s, its User-Agent says ${quoted(userAgent)}`
}

function scanner({ registered: { userAgent } }: Seen): string | null {
  return isScanner(userAgent) ? `a scanner's User-Agent ${quoted(userAgent)} registered successfully` : null
}

/** Its country, else its network, is one where the extension never was. */
function jump({ registered: { ip, extension }, addresses }: Seen, { placeOf }: Judging): string | null {
  if (addresses.includes(ip)) return null
  const now = placeOf(ip)
  const before = addresses.map(placeOf)
  const countries = new Set(before.map(({ country }) => country).filter((country) => country !== null))
  if (now.country !== null && countries.size > 0 && !countries.has(now.country)) {
    return `extension ${extension} registers from ${now.country}, before from ${[...countries].join(', ')}`
  }
  const networks = new Set(before.map(({ asn }) => asn?.number).filter((asn) => asn !== undefined))
  if (now.asn === null || networks.size === 0 || networks.has(now.asn.number)) return null
  return `extension ${extension} registers from AS${now.asn.number}, before from ${[...networks].map((asn) => `AS${asn}`).join(', ')}`
}

/** Another phone of the extension is registered, at this moment, in another country. */
function farAway({ registered: { ip, extension, atMs }, others }: Seen, { placeOf }: Judging): string | null {
  const { country } = placeOf(ip)
  if (country === null) return null
  for (const other of others) {
    if (other.ip === ip || other.lastRegisteredMs > atMs || !isBound(other, atMs)) continue
    const there = placeOf(other.ip).country
    if (there !== null && there !== country)
      return `extension ${extension} is registered in ${country} and in ${there} at once (${other.ip})`
  }
  return null
}
