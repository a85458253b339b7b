import { createHash } from 'node:crypto'
import type { SipEvent } from './types.ts'

/** Longer names are the attacker's; they are shortened so that they fill no memory. */
const LONGEST_USER = 64

/** `user@domain`, or the user alone where the line names no domain; null without a user. */
export function userOf({ user, domain }: Pick<SipEvent, 'user' | 'domain'>): string | null {
  if (!user) return null
  const name = domain ? `${user}@${domain}` : user
  if (name.length <= LONGEST_USER) return name
  return `${name.slice(0, 32)}#${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
}
