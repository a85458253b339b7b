import type { PhoneJson } from '../../api/records-wire.ts'

/** `00:15:65:12:34:56` of twelve digits, as it stands on the phone's label. */
export function spellMac(mac: string): string {
  return mac.replace(/(..)(?=.)/g, '$1:')
}

/** What a phone is found by: anything of it, and its MAC in any spelling. */
export function phoneWords(phone: PhoneJson): string[] {
  const {
    mac_address: mac,
    extension_number,
    ip_address,
    user_agent,
    vendor,
    model,
    firmware,
    status,
    contact_uri,
    country,
    as_name,
  } = phone
  const states = [phone.stale ? 'stale' : null, phone.flapping ? 'flapping' : null]
  const macs = mac === null ? ['no mac'] : [mac, spellMac(mac), spellMac(mac).replaceAll(':', '-'), mac.replace(/(....)(?=.)/g, '$1.')]
  const known = [extension_number, ip_address, user_agent, vendor, model, firmware, status, contact_uri, country, as_name]
  return [...macs, ...[...known, ...states].filter((word) => word !== null)]
}

export interface ModelFirmware {
  readonly vendor: string
  readonly model: string
  readonly phones: number
  /** The most frequent first. */
  readonly firmwares: readonly { readonly firmware: string; readonly phones: number }[]
}

/** Which firmware the phones of each model run; models that run more than one first, then by name. Phones that do not say are left out. */
export function firmwareByModel(phones: readonly Pick<PhoneJson, 'vendor' | 'model' | 'firmware'>[]): ModelFirmware[] {
  const named = phones.filter(({ model, firmware }) => model !== null && firmware !== null)
  return [...Map.groupBy(named, ({ vendor, model }) => `${vendor ?? ''} ${model}`).values()]
    .map((same): ModelFirmware => {
      const firmwares = [...Map.groupBy(same, ({ firmware }) => firmware!)]
        .map(([firmware, group]) => ({ firmware, phones: group.length }))
        .sort((a, b) => b.phones - a.phones || (a.firmware < b.firmware ? 1 : -1))
      return { vendor: same[0]!.vendor ?? '', model: same[0]!.model!, phones: same.length, firmwares }
    })
    .sort((a, b) => Number(b.firmwares.length > 1) - Number(a.firmwares.length > 1) || name(a).localeCompare(name(b)))
}

const name = ({ vendor, model }: ModelFirmware): string => `${vendor} ${model}`
