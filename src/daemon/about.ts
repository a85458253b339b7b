import type { AddressReport, Control, UserReport } from '../api/control.ts'
import { bansOn, findAllowed } from '../api/lookup.ts'
import type { GeoLookup } from '../geo.ts'
import type { AllowList } from './allow-list.ts'
import type { Guard } from './guard.ts'
import { type RecordsAccess, unlessAway } from './records-control.ts'

export interface AboutOptions {
  readonly guard: Guard
  readonly allowList: AllowList
  readonly recorded: RecordsAccess
  readonly geo: GeoLookup
  readonly now: () => number
}

/** Everything that is known of one address or one user. */
export function createAbout({ guard, allowList, recorded, geo, now }: AboutOptions): Pick<Control, 'aboutAddress' | 'aboutUser'> {
  const { trust, decider } = guard.pipeline.judge

  /** The only domain in which a user is known; null where there is none, or more than one. */
  async function domainOf(user: string): Promise<string | null> {
    const rows = (await unlessAway(recorded.control.users({ user, limit: 2 }))) ?? []
    return rows.length === 1 ? rows[0]!.domain : null
  }

  return {
    async aboutAddress(ip): Promise<AddressReport> {
      return {
        ip,
        level: trust.levelOf(ip, now()),
        allowed: findAllowed(allowList.at(now()), ip, now()),
        bans: bansOn(guard.active(), ip),
        nth: decider.nextNth(ip, now()) - 1,
        phones: trust.phonesAt(ip, now()),
        ...geo(ip),
        recorded: await recorded.recordedOf({ ip }),
      }
    },
    async aboutUser(user, given): Promise<UserReport> {
      const domain = given ?? (await domainOf(user))
      const addresses = trust.addressesOf(domain ? `${user}@${domain}` : user, now())
      const rows = (await unlessAway(recorded.control.users({ user, domain: domain ?? '', limit: 1 }))) ?? []
      return { user, domain, addresses, status: rows[0] ?? null, recorded: await recorded.recordedOf({ user, domain, addresses }) }
    },
  }
}
