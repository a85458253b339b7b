import type { LineJson, WhyBanJson, WhyJson } from '../../src/explain/why.ts'
import { banJson } from '../../src/report.ts'
import { AT, aBan } from './fake-control.ts'

export const aLine = (fields: Partial<LineJson> = {}): LineJson => ({
  ...{ id: 'n1:g1:120', at: new Date(AT).toISOString(), source: '/var/log/sip.log', offset: 120 },
  ...{ text: 'a line \x1b[2J of it', kind: 'failed_registration', rule: 'opensips/failed-registration', user: '1001' },
  ...fields,
})

export const aWhyBan = (fields: Partial<WhyBanJson> = {}): WhyBanJson => ({
  ...banJson(aBan()),
  ...{ lifted_at: null, lifted_by: null, config_version: '0123456789ab' },
  window: { jail: 'sip-auth', key: '192.0.2.7', maxretry: 10, findtime: '5m', bantime: '1h' },
  ...{ lines: [aLine()], armed_by: [], firewall: { backend: 'nftables', verified: true, packets: 12 } },
  ...fields,
})

/** Of an address that is banned, and of which a challenge was seen. */
export const aWhy = (fields: Partial<WhyJson> = {}): WhyJson => ({
  ...{ ip: '192.0.2.7', verdict: 'banned', level: 'unknown', config_version: '0123456789ab', bans: [aWhyBan()] },
  windows: [{ jail: 'sip-enum', key: '192.0.2.7', count: 1, maxretry: 10, findtime: '10m', lines: [] }],
  not_counted: [{ why: 'challenge', count: 3, lines: [aLine({ kind: 'auth_challenge', text: null, rule: 'opensips/challenge' })] }],
  ...fields,
})
