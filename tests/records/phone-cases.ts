import type { RegistrationEntry } from '../../src/records/types.ts'
import { registration } from './phone-databases.ts'

/** The table of cases of docs/phones.md: what is registered one after the other, and which rows that leaves. */
export interface PhoneCase {
  readonly title: string
  readonly entries: readonly RegistrationEntry[]
  /** mac, extension, address, minute first and last registered; newest first. */
  readonly rows: readonly (readonly [mac: string | null, extension: string, ip: string, first: number, last: number])[]
  /** Former states, `mac extension address`. */
  readonly history: readonly string[]
}

const M1 = '001565000001'
const M2 = '001565000002'
/** 192.0.2.7 is the office's public address, .8 and .9 others. */
const [IP1, IP2, IP3] = ['192.0.2.7', '192.0.2.8', '192.0.2.9']

const contact = (mac: string | null, port = 5060, user = '1001') => `<sip:${user}@10.0.0.5:${port}>${mac === null ? '' : `;mac=${mac}`}`
const shown = (minute: number, mac: string | null, ip: string, port?: number, fields: Partial<RegistrationEntry> = {}) =>
  registration(minute, { ip, contact: contact(mac, port, fields.user), ...fields })

export const CASES: readonly PhoneCase[] = [
  {
    title: 'A a phone with MAC changes its address: one row, address moved, a history row',
    entries: [shown(0, M1, IP1), shown(1, M1, IP2)],
    rows: [[M1, '1001', IP2, 0, 1]],
    history: [`${M1} 1001 ${IP1}`],
  },
  {
    title: 'B a phone without MAC changes its address: two rows, the stale one ages out',
    entries: [shown(0, null, IP1), shown(1, null, IP2)],
    rows: [
      [null, '1001', IP2, 1, 1],
      [null, '1001', IP1, 0, 0],
    ],
    history: [],
  },
  {
    title: 'C a row without MAC later shows one from the same address: it is filled in',
    entries: [shown(0, null, IP1), shown(1, M1, IP1, 61_000)],
    rows: [[M1, '1001', IP1, 0, 1]],
    history: [`null 1001 ${IP1}`],
  },
  {
    title: 'D a registration again without MAC: the MAC is kept',
    entries: [shown(0, M1, IP1), shown(1, null, IP1), shown(2, null, IP1, 5060, { contact: null, userAgent: null })],
    rows: [[M1, '1001', IP1, 0, 2]],
    history: [],
  },
  {
    title: 'E two phones of one extension swap addresses: both rows right',
    entries: [shown(0, M1, IP1), shown(1, M2, IP2), shown(2, M1, IP2), shown(3, M2, IP1)],
    rows: [
      [M2, '1001', IP1, 1, 3],
      [M1, '1001', IP2, 0, 2],
    ],
    history: [`${M1} 1001 ${IP1}`, `${M2} 1001 ${IP2}`],
  },
  {
    title: 'F a phone with MAC moves onto the address of a row without: one row, registered first when the older was',
    entries: [shown(0, null, IP2), shown(1, M1, IP1), shown(2, M1, IP2)],
    rows: [[M1, '1001', IP2, 0, 2]],
    history: [`${M1} 1001 ${IP1}`],
  },
  {
    title: 'G two phones of one extension behind one NAT address: two rows, no flapping',
    entries: [0, 2, 4].flatMap((minute) => [shown(minute, M1, IP1), shown(minute + 1, M2, IP1, 5062)]),
    rows: [
      [M2, '1001', IP1, 1, 5],
      [M1, '1001', IP1, 0, 4],
    ],
    history: [],
  },
  {
    title: 'H a MAC appears later from a new address: two rows, the one without MAC ages out',
    entries: [shown(0, null, IP1), shown(1, M1, IP2)],
    rows: [
      [M1, '1001', IP2, 1, 1],
      [null, '1001', IP1, 0, 0],
    ],
    history: [],
  },
  {
    title: 'I a phone with MAC moves to another extension: always moved',
    entries: [shown(0, M1, IP1), shown(1, M1, IP2, 5060, { user: '1002' })],
    rows: [[M1, '1002', IP2, 0, 1]],
    history: [`${M1} 1001 ${IP1}`],
  },
  {
    title: 'I a phone without MAC at a private address moves to another extension: moved',
    entries: [shown(0, null, '10.0.0.5'), shown(1, null, '10.0.0.5', 5060, { user: '1002' })],
    rows: [[null, '1002', '10.0.0.5', 0, 1]],
    history: ['null 1001 10.0.0.5'],
  },
  {
    title: 'I a phone without MAC at a public address moves to another extension: moved where contact and user agent are the same',
    entries: [registration(0, { contact: 'sip:a@10.0.0.5' }), registration(1, { user: '1002', contact: 'sip:a@10.0.0.5' })],
    rows: [[null, '1002', IP1, 0, 1]],
    history: [`null 1001 ${IP1}`],
  },
  {
    title: 'I phones of two extensions behind a public address never replace each other',
    entries: [0, 2].flatMap((minute) => [shown(minute, null, IP1), shown(minute + 1, null, IP1, 5060, { user: '1002' })]),
    rows: [
      [null, '1002', IP1, 1, 3],
      [null, '1001', IP1, 0, 2],
    ],
    history: [],
  },
  {
    title: 'J several without MAC of one extension at other addresses: allowed',
    entries: [shown(0, null, IP1), shown(1, null, IP2), shown(2, null, IP3)],
    rows: [
      [null, '1001', IP3, 2, 2],
      [null, '1001', IP2, 1, 1],
      [null, '1001', IP1, 0, 0],
    ],
    history: [],
  },
  {
    title: 'K two phones without MAC of one extension behind one NAT address: told apart by the contact’s user and port',
    entries: [0, 2].flatMap((minute) => [shown(minute, null, IP1, 5060), shown(minute + 1, null, IP1, 5062)]),
    rows: [
      [null, '1001', IP1, 1, 3],
      [null, '1001', IP1, 0, 2],
    ],
    history: [],
  },
  {
    title: 'K where even the contact’s user and port are equal: one row, refreshed without a history row',
    entries: [0, 1, 2, 3].map((minute) => registration(minute, { contact: `sip:1001@10.0.0.${5 + (minute % 2)}:5060` })),
    rows: [[null, '1001', IP1, 0, 3]],
    history: [],
  },
  {
    title: 'a phone with two lines has a row for each from the second time round',
    entries: [0, 2, 4, 6].flatMap((minute) => [shown(minute, M1, IP1), shown(minute + 1, M1, IP1, 5060, { user: '1002' })]),
    rows: [
      [M1, '1002', IP1, 1, 7],
      [M1, '1001', IP1, 0, 6],
    ],
    history: [`${M1} 1001 ${IP1}`, `${M1} 1002 ${IP1}`],
  },
]
