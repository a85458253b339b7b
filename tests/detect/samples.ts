import { networkOf } from '../../src/address.ts'
import type { Jail, JailStage } from '../../src/config/types.ts'
import type { DetectorOptions } from '../../src/detect/detector.ts'
import { createDetector } from '../../src/detect/index.ts'
import type { SipEvent, TrustLevel } from '../../src/types.ts'

export const SWEEP = { maxUsers: 5, maxPorts: 10 }
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** A jail of three failed registrations in ten seconds, but for what is given; `second` is its `then:`. */
export function jailOf({ second = null, ...given }: Partial<Omit<Jail, 'then'>> & { second?: JailStage | null } = {}): Jail {
  return {
    name: 'sip-test',
    kinds: ['failed_registration'],
    reasons: null,
    methods: null,
    filters: null,
    by: ['ip'],
    distinct: null,
    maxretry: 3,
    findtimeMs: 10 * SECOND,
    bantimeMs: HOUR,
    increment: null,
    unless: null,
    alertonly: false,
    // biome-ignore lint/suspicious/noThenProperty: the design's word for a second stage; never awaited
    then: second,
    ...given,
  }
}

let made = 0

/** A counted failed registration of 1001@example.com from 192.0.2.1 at time 0 with an id of its own, but for what is given. */
export function eventOf(given: Partial<SipEvent> = {}): SipEvent {
  return {
    kind: 'failed_registration',
    ip: '192.0.2.1',
    atMs: 0,
    proved: false,
    counted: true,
    shadow: false,
    filter: 'opensips',
    rule: 'failed-registration',
    why: null,
    source: 'test',
    id: `node:stream:${made++}`,
    port: 5060,
    transport: null,
    user: '1001',
    domain: 'example.com',
    userAgent: null,
    method: null,
    code: 403,
    reason: 'Forbidden',
    contact: null,
    expires: null,
    callId: null,
    requestUri: null,
    ...given,
  }
}

/** Events like this one at these times, in seconds. */
export function eventsAt(seconds: readonly number[], given: Partial<SipEvent> = {}): SipEvent[] {
  return seconds.map((second) => eventOf({ ...given, atMs: second * SECOND }))
}

/** A detector to which addresses are unknown unless told otherwise; a phone's IPv6 address counts by itself. Detections are plain objects. */
export function detectorWith(jails: readonly Jail[], options: Partial<DetectorOptions> = {}) {
  const detector = createDetector(jails, { maxKeys: 1000, sweep: SWEEP, ...options })
  return {
    ...detector,
    observe(event: SipEvent, level: TrustLevel = 'unknown', own = false) {
      const ip = event.ip ?? ''
      const found = detector.observe(event, { level, network: level === 'phone' ? ip : networkOf(ip), own })
      return found.length === 0 ? found : found.map((detection) => ({ ...detection, hits: detection.hits }))
    },
  }
}
export type TestDetector = ReturnType<typeof detectorWith>

/** The same of calls refused: no failure of a user at an address, which is remembered for his next success. */
export const callOf = (given: Partial<SipEvent> = {}): SipEvent => eventOf({ kind: 'call_rejected', ...given })
export const callJailOf = (given: Parameters<typeof jailOf>[0] = {}): Jail => jailOf({ kinds: ['call_rejected'], ...given })
