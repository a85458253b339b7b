import type { LiftedJson } from '../../api/wire.ts'
import { del, withQuery } from '../api.ts'
import { plural } from '../words.ts'

/** An entry of the allow list that an unban makes. */
export interface AllowToo {
  readonly for: string
  readonly comment: string
}

/** Lifts all bans that cover an address or are this /64; with `allow` it cannot be banned again at once. @throws ApiError */
export function unban(target: string, allow: AllowToo | null = null): Promise<readonly LiftedJson[]> {
  const query = allow && { allow: true, for: allow.for, comment: allow.comment }
  return del(withQuery(`api/bans/${encodeURIComponent(target)}`, query ?? {}))
}

/** What an unban ended, in a sentence. */
export function liftedWords(target: string, lifted: readonly LiftedJson[]): string {
  if (lifted.length === 0) return `${target} was not banned any more.`
  const packets = lifted.reduce((sum, ban) => sum + (ban.packets ?? 0), 0)
  const phones = [...new Set(lifted.flatMap((ban) => ban.phones))]
  return [
    `${target} is not banned any more`,
    packets > 0 ? `; ${plural(packets, 'packet')} had been dropped` : '',
    phones.length > 0 ? `; phones there: ${phones.slice(0, 5).join(', ')}${phones.length > 5 ? ', …' : ''}` : '',
    '.',
  ].join('')
}
