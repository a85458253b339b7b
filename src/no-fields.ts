import type { EventFields } from './types.ts'

/** Where nothing is said. */
export const NO_FIELDS: Readonly<EventFields> = {
  port: null,
  transport: null,
  user: null,
  domain: null,
  userAgent: null,
  method: null,
  code: null,
  reason: null,
  contact: null,
  expires: null,
  callId: null,
  requestUri: null,
}
