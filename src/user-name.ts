import { createHash } from 'node:crypto'
import type { SipEvent } from './types.ts'

/** Longer names are the attacker's; they are shortened so that they fill no memory. */
const LONGEST_USER = 64

/** Whether nothing of a user's name need be left out. */
export function isShortUser(user: string, domain: string | null): boolean {
  return user.length + (domain ? 1 + domain.length : 0) <= LONGEST_USER
}

/** `user@domain`, or the user alone where the line names no domain; null without a user. */
export function userOf({ user, domain }: Pick<SipEvent, 'user' | 'domain'>): string | null {
  if (!user) return null
  const name = domain ? `${user}@${domain}` : user
  if (isShortUser(user, domain)) return name
  return `${name.slice(0, 32)}#${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
}
