import { readFileSync } from 'node:fs'
import { createGeo } from '../geo.ts'
import { vendorOf } from '../oui.ts'
import * as phones from '../phones/index.ts'
import { createPhoneStore, type PhoneStore } from '../records/phone-store.ts'
import type { RecordsPlace } from './remote-records.ts'

/** The records' part for phones, with what src/phones knows of them. `onNotice` is told of lists and files that cannot be used. */
export function phoneStore(
  { provisioned, geo }: Pick<RecordsPlace, 'provisioned' | 'geo'>,
  onNotice: (message: string) => void,
): PhoneStore {
  const judging = { vendorOf, placeOf: createGeo(geo, { notice: onNotice }), provisioned: listOf(provisioned, onNotice) }
  const doubtsOf = (seen: Parameters<typeof phones.doubtsOf>[0]) => phones.doubtsOf(seen, judging)
  return createPhoneStore({ ...phones, formerMs: phones.FORMER_MS, doubtsOf })
}

/** Null where any device may register, which is also so while the list cannot be used. */
function listOf(path: string | null, onNotice: (message: string) => void): phones.Provisioned | null {
  if (path === null) return null
  const refuse = (why: string) => onNotice(`${why}; until the next reload any device may register`)
  try {
    const list = phones.readProvisioned(readFileSync(path, 'utf8'))
    if (list.faults.length === 0) return list.phones
    refuse(list.faults.map(({ line, message }) => `${path}:${line}: ${message}`).join('\n'))
  } catch (error) {
    refuse(`cannot read ${path}: ${(error as Error).message}`)
  }
  return null
}
