import { hash } from 'node:crypto'
import { toOneLine } from './one-line.ts'

/** Longest record taken, bytes of JSON: a message of MAX_LINE bytes, each written as a number of an array, several times over. */
const MAX_RECORD = 1024 * 1024
const NEWLINE = 10

/** The fields that `readRecord` needs besides those that journalctl prints always (`__CURSOR`, `__REALTIME_TIMESTAMP`). */
export const RECORD_FIELDS = ['MESSAGE', 'SYSLOG_IDENTIFIER', '_COMM', '_SOURCE_REALTIME_TIMESTAMP', '_STREAM_ID', '_LINE_BREAK'] as const

/** One record of the journal. */
export interface JournalRecord {
  /** Where it stands, for `--cursor=`. */
  readonly cursor: string
  /** Which numbering its number is of: journald begins a new one with a new set of files. */
  readonly generation: string
  /** Of the record in that numbering. */
  readonly number: number
  /** What the classifier reads: one line of JSON. */
  readonly line: Buffer
  /** The message was longer than MAX_LINE bytes. */
  readonly cut: boolean
}

/** Lines of `journalctl -o json` as they come; null stands for one that is too long to be a record of a SIP server. */
export async function* recordsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null, void> {
  let parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    let at = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      const last = chunk.subarray(at, end)
      yield bytes + last.length > MAX_RECORD ? null : Buffer.concat([...parts, last])
      parts = []
      bytes = 0
      at = end + 1
    }
    const rest = chunk.subarray(at)
    bytes += rest.length
    if (bytes > MAX_RECORD) parts = []
    else if (rest.length > 0) parts.push(rest)
  }
}

/**
 * One line of `journalctl -o json` (systemd.io/JOURNAL_EXPORT_FORMATS, "Journal JSON Format"). Null for anything else.
 *
 * The line made of it is the journal's envelope again, with nothing in it but what the classifier believes: the time at which journald
 * received the record, the program, and the message as one line (one-line.ts): whatever it holds, it is the message of this one record,
 * and a caller who folds a header does not get out of a filter's sight. Bytes that are no UTF-8 become U+FFFD, as in events anyway.
 */
export function readRecord(json: Buffer): JournalRecord | null {
  let fields: Record<string, unknown>
  try {
    fields = JSON.parse(json.toString('utf8')) as Record<string, unknown>
  } catch {
    return null
  }
  const cursor = word(fields?.__CURSOR)
  if (cursor === null) return null
  const { line: message, cut } = toOneLine(bytesOf(fields.MESSAGE))
  const envelope = {
    // The kernel's time of a message that came over a socket, else journald's own: no process can choose either.
    __REALTIME_TIMESTAMP: word(fields._SOURCE_REALTIME_TIMESTAMP) ?? word(fields.__REALTIME_TIMESTAMP),
    SYSLOG_IDENTIFIER: word(fields.SYSLOG_IDENTIFIER) ?? word(fields._COMM),
    _STREAM_ID: word(fields._STREAM_ID),
    _LINE_BREAK: word(fields._LINE_BREAK),
    MESSAGE: message.toString(),
  }
  return { cursor, ...identityOf(cursor), line: Buffer.from(JSON.stringify(envelope)), cut }
}

/** Which record a cursor is of (systemd src/libsystemd/sd-journal/sd-journal.c, sd_journal_get_cursor: `s=NUMBERING;i=NUMBER;…`, hexadecimal). */
export function identityOf(cursor: string): { readonly generation: string; readonly number: number } {
  const [, numbering, number] = /^s=([0-9a-f]{32});i=([0-9a-f]{1,13});/.exec(cursor) ?? []
  if (numbering === undefined || number === undefined) return { generation: hash('sha256', cursor).slice(0, 32), number: 0 }
  return { generation: numbering, number: Number.parseInt(number, 16) }
}

/** A field that is there once and is text; more than one of a name makes an array. */
const word = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Text that holds control characters or is no UTF-8 is printed as an array of its bytes. */
function bytesOf(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value)
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256))
    return Buffer.from(value as number[])
  return Buffer.alloc(0)
}
