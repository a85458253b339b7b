import { vendorOf } from '../../src/oui.ts'
import * as phones from '../../src/phones/index.ts'
import { openRecords } from '../../src/records/index.ts'
import { createPhoneStore } from '../../src/records/phone-store.ts'
import type { Records } from '../../src/records/types.ts'

export type Place = { readonly type: 'sqlite'; readonly path: string } | { readonly type: 'postgres'; readonly url: string }

/** As the daemon wires them. */
export function openPhones(place: Place, judging: Partial<phones.Judging> = {}): Promise<Records> {
  const all = { vendorOf, placeOf: () => ({ country: null, asn: null }), provisioned: null, ...judging }
  const rules = {
    ...phones,
    formerMs: phones.FORMER_MS,
    doubtsOf: (seen: Parameters<typeof phones.doubtsOf>[0]) => phones.doubtsOf(seen, all),
  }
  return openRecords({ ...place, phones: createPhoneStore(rules) })
}
