import type { NotifyConfig } from '../../src/config/types.ts'
import type { Group, Message, Notice } from '../../src/notify/types.ts'
import type { Alert } from '../../src/types.ts'

export const AT_MS = Date.UTC(2026, 0, 15, 10, 30, 45)

export const alertOf = (fields: Partial<Alert> = {}): Alert => ({
  ...{ kind: 'credential_suspect', jail: 'sip-auth', key: '192.0.2.7', ip: '192.0.2.7', port: 5060, transport: 'udp' },
  ...{ user: '1001@example.com', count: 12, phones: [], atMs: AT_MS },
  ...fields,
})

export const noticeOf = (fields: Partial<Notice> = {}): Notice => ({
  ...{ kind: 'jail_full', severity: 'warning', subject: '192.0.2.7', text: 'something', atMs: AT_MS, over: false, details: {} },
  ...fields,
})

export const messageOf = (fields: Partial<Message> = {}): Message => {
  const groups: Group[] = [{ kind: 'jail_full', count: 1, newest: [noticeOf()] }]
  return { id: 'an-id', class: 'warning', subject: 'sipguard pbx warning: jail_full', text: 'a line', atMs: AT_MS, groups, ...fields }
}

export const configOf = (fields: Partial<NotifyConfig> = {}): NotifyConfig => ({
  ...{ channels: [], severity: {}, cooldownMs: 3_600_000, daily: null },
  ...fields,
})

export const never = new AbortController().signal

/** What an attacker may write into each field that a log line repeats. */
export const HOSTILE = [
  'x\r\nBcc: everybody@example.com\r\n\r\nforged',
  '<!channel> <https://evil.example|click> *bold* `code` ```',
  '\x1b]0;owned\x07\x1b[2J',
  '\u202egnp.exe',
  '\u0000\u0085\u2028',
  '\ud800',
  '"; rm -rf / #$(reboot)`reboot`',
  'x'.repeat(65_536),
]
