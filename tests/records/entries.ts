import { type AttemptEntry, type BanEntry, idOfBan, type LiftEntry, type RegistrationEntry } from '../../src/records/types.ts'
import type { Ban } from '../../src/types.ts'

/** Entries as they come from an OpenSIPS log, at a time of which every test may say more. */

export const AT_MS = Date.UTC(2026, 0, 15, 10, 30, 45, 123)

let made = 0
const newId = () => `node ${++made}`

export const attempt = (more: Partial<AttemptEntry> = {}): AttemptEntry => ({
  type: 'attempt',
  id: newId(),
  kind: 'failed_registration',
  atMs: AT_MS,
  ip: '192.0.2.7',
  port: 5060,
  transport: 'udp',
  user: '1001',
  domain: 'example.com',
  userAgent: 'Yealink SIP-T46S 66.85.0.5',
  method: 'REGISTER',
  code: 403,
  reason: 'Forbidden',
  expires: 3600,
  requestUri: 'sip:example.com',
  attempts: 1,
  ...more,
})

export const registration = (more: Partial<RegistrationEntry> = {}): RegistrationEntry => ({
  type: 'registration',
  id: newId(),
  atMs: AT_MS,
  ip: '192.0.2.7',
  port: 5060,
  transport: 'udp',
  user: '1001',
  domain: 'example.com',
  contact: '<sip:1001@192.0.2.7:5060>',
  userAgent: 'Yealink SIP-T46S 66.85.0.5',
  callId: 'a84b4c76e66710',
  expires: 3600,
  ...more,
})

export function ban(more: Partial<Ban> = {}): BanEntry {
  const decided: Ban = {
    ip: '192.0.2.7',
    scope: 'address',
    prefix: null,
    port: null,
    transport: null,
    jail: 'sip-auth',
    fromMs: AT_MS,
    untilMs: AT_MS + 3_600_000,
    nth: 1,
    count: 10,
    level: 'unknown',
    evidence: 'unproved',
    node: 'abcdef012345',
    ...more,
  }
  return { type: 'ban', id: idOfBan(decided), ban: decided }
}

export const lift = ({ id }: BanEntry, atMs: number): LiftEntry => ({ type: 'lift', id, atMs })
