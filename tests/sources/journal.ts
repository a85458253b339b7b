import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const JOURNAL_REMOTE = '/lib/systemd/systemd-journal-remote'

export interface Entry {
  readonly message: string | Buffer
  readonly unit?: string
  readonly identifier?: string
  /** Epoch ms. */
  readonly atMs?: number
  /** 32 hexadecimal digits. */
  readonly boot?: string
}

const BOOT = '9f1b9e6ba1c24f3c9d3f6a0c6d1b2a3c'
let written = 0

/** Appends records to a real journal file in this directory (systemd.io/JOURNAL_EXPORT_FORMATS). */
export function writeJournal(directory: string, entries: readonly Entry[], file = 'remote.journal'): void {
  const input = Buffer.concat(entries.map(exported))
  const { status, stderr } = spawnSync(JOURNAL_REMOTE, ['--split-mode=none', `--output=${join(directory, file)}`, '-'], { input })
  if (status !== 0) throw new Error(String(stderr))
}

function exported(entry: Entry): Buffer {
  const { message, unit = 'kamailio.service', identifier = 'kamailio', atMs = Date.UTC(2026, 0, 15) + ++written, boot = BOOT } = entry
  const fields = {
    __REALTIME_TIMESTAMP: `${atMs}000`,
    __MONOTONIC_TIMESTAMP: `${++written}`,
    _BOOT_ID: boot,
    _SYSTEMD_UNIT: unit,
    SYSLOG_IDENTIFIER: identifier,
    _COMM: 'kamailio',
  }
  const head = Object.entries(fields).map(([name, value]) => `${name}=${value}\n`)
  const text = Buffer.from(message)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([Buffer.from(`${head.join('')}MESSAGE\n`), length, text, Buffer.from('\n\n')])
}
