import type { PrefixName } from '../config/types.ts'

/** A line that carries another one as JSON: docker json-file, journalctl -o json, the JSON logs of OpenSIPS and Asterisk. */
export interface Envelope {
  /** The text inside, one character a byte. */
  readonly text: string
  /** Program named by the envelope's own field, or null: the text may still carry a header. */
  readonly program: string | null
  /** The server whose own format this envelope is, or null. */
  readonly server: PrefixName | null
  /** Time as the envelope writes it (timestamp.ts), or epoch ms. */
  readonly time: string | number | null
  /** What wrote the envelope: the server itself, or who keeps what servers print. */
  readonly by: 'server' | 'docker' | 'journal'
}

const SOURCE_FILE = /^[\w./-]+\.(?:c|cc|cpp)$/

/** Null where the line is no JSON object of a known kind. */
export function openEnvelope(line: string): Envelope | null {
  const field = parseObject(line)
  if (field === null) return null
  if (typeof field.log === 'string') return { text: inner(field.log), program: null, server: null, time: word(field.time), by: 'docker' }
  const entry = journalText(field.MESSAGE)
  if (entry !== null) {
    const micros = Number(field.__REALTIME_TIMESTAMP)
    return {
      text: entry,
      program: word(field.SYSLOG_IDENTIFIER) ?? word(field._COMM) ?? '',
      server: null,
      time: Number.isFinite(micros) ? Math.floor(micros / 1000) : null,
      by: 'journal',
    }
  }
  const asterisk = field.logmsg
  if (typeof asterisk === 'object' && asterisk !== null) {
    const { message, location } = asterisk as { message?: unknown; location?: { filename?: unknown } }
    if (typeof message !== 'string') return null
    const file = word(location?.filename)
    const text = file === null || SOURCE_FILE.test(file) ? message : `${file}: ${message}`
    return { text: inner(text), program: null, server: 'asterisk', time: word(field.timestamp), by: 'server' }
  }
  const message = field.message ?? field.msg
  if (typeof message !== 'string') return null
  return { text: inner(message), program: null, server: 'opensips', time: word(field.time), by: 'server' }
}

/** A record of a log that splits long lines. */
export interface Part {
  readonly record: Readonly<Record<string, unknown>>
  /** Name of the field that holds the text. */
  readonly field: 'log' | 'MESSAGE'
  readonly text: string
  /** What was printed on one stream belongs together. */
  readonly stream: string
  /** Whether the line goes on in the stream's next record. */
  readonly open: boolean
}

/**
 * Docker (moby daemon/logger/copier.go) writes a long line in parts of 16 KiB and ends only the last with a newline; journald
 * (journald-stream.c) marks the parts of one with `_LINE_BREAK=line-max`. Null for any other line.
 */
export function readPart(line: string): Part | null {
  const record = parseObject(line)
  if (record === null) return null
  const { log, MESSAGE, stream } = record
  if (typeof log === 'string') return { record, field: 'log', text: log, stream: word(stream) ?? '', open: !log.endsWith('\n') }
  if (typeof MESSAGE !== 'string') return null
  return { record, field: 'MESSAGE', text: MESSAGE, stream: word(record._STREAM_ID) ?? '', open: record._LINE_BREAK === 'line-max' }
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const object: unknown = JSON.parse(decode(line.startsWith('@cee: ') ? line.slice(6) : line))
    return typeof object === 'object' && object !== null ? (object as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** Text that is no UTF-8, or that holds control characters, journalctl prints as an array of bytes (systemd logs-show.c). */
function journalText(message: unknown): string | null {
  if (typeof message === 'string') return inner(message)
  if (!Array.isArray(message) || !message.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)) return null
  return Buffer.from(message as number[]).toString('latin1')
}

const word = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const decode = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

const inner = (text: string): string => Buffer.from(text.endsWith('\n') ? text.slice(0, -1) : text, 'utf8').toString('latin1')
