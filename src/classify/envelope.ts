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
}

const SOURCE_FILE = /^[\w./-]+\.(?:c|cc|cpp)$/

/** Null where the line is no JSON object of a known kind. */
export function openEnvelope(line: string): Envelope | null {
  const start = line.startsWith('@cee: ') ? 6 : 0
  let object: unknown
  try {
    object = JSON.parse(Buffer.from(line.slice(start), 'latin1').toString('utf8'))
  } catch {
    return null
  }
  if (typeof object !== 'object' || object === null) return null
  const field = object as Record<string, unknown>
  if (typeof field.log === 'string') return { text: inner(field.log), program: null, server: null, time: word(field.time) }
  if (typeof field.MESSAGE === 'string') {
    const micros = Number(field.__REALTIME_TIMESTAMP)
    return {
      text: inner(field.MESSAGE),
      program: word(field.SYSLOG_IDENTIFIER) ?? word(field._COMM) ?? '',
      server: null,
      time: Number.isFinite(micros) ? Math.floor(micros / 1000) : null,
    }
  }
  const asterisk = field.logmsg
  if (typeof asterisk === 'object' && asterisk !== null) {
    const { message, location } = asterisk as { message?: unknown; location?: { filename?: unknown } }
    if (typeof message !== 'string') return null
    const file = word(location?.filename)
    const text = file === null || SOURCE_FILE.test(file) ? message : `${file}: ${message}`
    return { text: inner(text), program: null, server: 'asterisk', time: word(field.timestamp) }
  }
  const message = field.message ?? field.msg
  if (typeof message !== 'string') return null
  return { text: inner(message), program: null, server: 'opensips', time: word(field.time) }
}

const word = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const inner = (text: string): string => Buffer.from(text.endsWith('\n') ? text.slice(0, -1) : text, 'utf8').toString('latin1')
