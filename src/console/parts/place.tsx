import { Hostile } from '../ui/text.tsx'
import type { PlaceJson } from '../wire.ts'

/** `DE · AS64496 Example Net`; nothing where the files of `geo:` do not say. */
export function Place({ of: { country, asn, as_name } }: { readonly of: PlaceJson }) {
  if (country === null && asn === null) return <span class="quiet">–</span>
  const network = asn === null ? null : `AS${asn}${as_name === null ? '' : ` ${as_name}`}`
  return <Hostile text={[country, network].filter((part) => part !== null).join(' · ')} />
}
