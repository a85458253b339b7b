import type { Report } from '../../src/report.ts'
import type { SipEvent } from '../../src/types.ts'
import { AT } from './fake-control.ts'

export function anEvent(fields: Partial<SipEvent> = {}): SipEvent {
  return {
    ...{ kind: 'failed_registration', ip: '192.0.2.7', port: 5060, transport: null, user: '1001', domain: 'example.com' },
    ...{ userAgent: null, method: 'REGISTER', code: 403, reason: 'Forbidden', contact: null, expires: null, callId: null },
    ...{ requestUri: null, atMs: AT, proved: false, counted: true, shadow: false, filter: 'opensips', rule: 'failed-registration' },
    ...{ why: null, source: 'sip.log', id: 'n1:g1:0' },
    ...fields,
  }
}

export const aFound = (fields: Partial<SipEvent> = {}): Report => ({ type: 'found', event: anEvent(fields) })
export const aNotice = (message: string): Report => ({ type: 'notice', message, atMs: AT })
