import type { PrefixName } from '../config/types.ts'
import { SERVER_PREFIXES, type ServerPrefix, SYSLOG_HEADERS } from '../pattern/prefix/index.ts'
import { hasTopLevelAlternative } from '../pattern/template.ts'
import { openEnvelope } from './envelope.ts'
import { LONGEST_LINE } from './longest-line.ts'
import { leadingLiteral } from './rule.ts'

/** A line taken apart: who wrote it, when, and where its message may begin. */
export interface Frame {
  /** One character a byte. */
  readonly text: string
  /** Offset behind header, or 0. */
  readonly at: number
  /** Basename of the program that the header names; null: no header. */
  readonly program: string | null
  /** The server whose own line form this is; null: unknown. */
  readonly server: PrefixName | null
  readonly time: string | number | null
  /** A caller could have made a line of this form. */
  readonly forgeable: boolean
  /** The line as the server printed it: without what Docker or the journal put around it. */
  readonly printed: string
}

const sticky = (source: string) => new RegExp(source, 'sy')
const HEADERS = Object.values(SYSLOG_HEADERS).map(sticky)
const OWN = Object.values(SERVER_PREFIXES).flatMap((server) => server.own.map((source) => ({ server: server.name, form: sticky(source) })))

const BRACE = 123
const AT = 64
const SPACE = 32
const TAB = 9

/**
 * Reads the prefix of one line. A line with leading white space is nobody's but for the forms that begin with it: a header folded by
 * the caller goes on so (RFC 3261 section 7.3.1).
 */
export function readFrame(line: string): Frame | null {
  const first = line.charCodeAt(0)
  if (first !== BRACE && !(first === AT && line.startsWith('@cee: '))) return readHeader(line)
  const envelope = openEnvelope(line)
  if (envelope === null) return null
  const { text, program, server, time, by } = envelope
  if (by !== 'docker') {
    const printed = by === 'server' ? line : text
    return nested({ text, at: 0, program: program && basename(program), server, time, forgeable: false, printed })
  }
  const header = readHeader(text)
  if (header === null) return null
  const within = nested({ ...header, time: time ?? header.time })
  // Whatever writes to a container's output has a form of its own: a line without is the rest of another, or of a packet.
  return within.program === null && within.server === null ? { ...within, forgeable: true } : within
}

function readHeader(text: string): Frame | null {
  for (const { server, form } of OWN) {
    form.lastIndex = 0
    const found = form.exec(text)
    if (found) {
      const { time = null, forgeable } = found.groups ?? {}
      return { text, at: form.lastIndex, program: null, server, time, forgeable: forgeable !== undefined, printed: text }
    }
  }
  for (const header of HEADERS) {
    header.lastIndex = 0
    const found = header.exec(text)
    if (!found) continue
    const { time = null, program = '' } = found.groups ?? {}
    return nested({ text, at: header.lastIndex, program: basename(program), server: null, time, forgeable: false, printed: text })
  }
  const first = text.charCodeAt(0)
  if (first === SPACE || first === TAB) return null
  return { text, at: 0, program: null, server: null, time: null, forgeable: false, printed: text }
}

/** OpenSIPS in JSON mode writes JSON behind the syslog header. */
function nested(frame: Frame): Frame {
  const first = frame.text.charCodeAt(frame.at)
  if (first !== BRACE && !(first === AT && frame.text.startsWith('@cee: ', frame.at))) return frame
  const envelope = openEnvelope(frame.text.slice(frame.at))
  if (envelope?.server == null || (frame.server !== null && frame.server !== envelope.server)) return frame
  return {
    ...frame,
    text: envelope.text,
    at: 0,
    server: frame.program === null ? envelope.server : null,
    time: frame.time ?? envelope.time,
  }
}

/** Every place where the message may begin behind this server's lead, in order. */
export function messageStarts(prefix: ServerPrefix, text: string, at: number): number[] {
  const { lead, open, resume } = compiled(prefix)
  if (open && resume) {
    open.lastIndex = at
    if (open.test(text)) {
      const starts: number[] = []
      resume.lastIndex = open.lastIndex - 1
      while (resume.test(text)) starts.push(resume.lastIndex)
      // Of a line that was cut it may also begin behind the cut.
      if (text.length >= LONGEST_LINE) starts.push(text.length)
      return starts
    }
  }
  lead.lastIndex = at
  lead.test(text)
  return [lead.lastIndex]
}

/** Whether a caller may have made this whole line of the server's log, prefix and all. */
export function isImitable(prefix: ServerPrefix, printed: string): boolean {
  const { imitable } = compiled(prefix)
  if (imitable === null || printed.length <= imitable.longest) return imitable !== null
  const { longest, literal, tail } = imitable
  for (let at = printed.indexOf(literal); at >= 0 && at <= longest; at = printed.indexOf(literal, at + 1)) {
    tail.lastIndex = at
    if (tail.test(printed)) return true
  }
  return false
}

/** False only where isImitable is too; of the line at bytes[start, end), by its length and its last byte. */
export function mayBeImitable(prefix: ServerPrefix, bytes: Uint8Array, start: number, end: number): boolean {
  const { imitable } = compiled(prefix)
  return imitable !== null && (end - start <= imitable.longest || imitable.lastByte === null || imitable.lastByte === bytes[end - 1])
}

interface CompiledPrefix {
  readonly lead: RegExp
  readonly open: RegExp | null
  readonly resume: RegExp | null
  readonly imitable: {
    readonly longest: number
    readonly literal: string
    readonly tail: RegExp
    /** Of the tail; null: it does not end in an escaped character. */
    readonly lastByte: number | null
  } | null
}
const prefixes = new Map<ServerPrefix, CompiledPrefix>()

function compiled(prefix: ServerPrefix): CompiledPrefix {
  let found = prefixes.get(prefix)
  if (!found) {
    const { imitable } = prefix
    found = {
      lead: sticky(`(?:${prefix.lead})`),
      open: prefix.open ? sticky(prefix.open.lead) : null,
      resume: prefix.open ? new RegExp(prefix.open.resume, 'gs') : null,
      imitable: imitable === undefined ? null : compiledImitable(imitable),
    }
    prefixes.set(prefix, found)
  }
  return found
}

function compiledImitable({ longest, tail }: NonNullable<ServerPrefix['imitable']>): CompiledPrefix['imitable'] {
  const last = hasTopLevelAlternative(tail) ? null : /[^\\](?:\\\\)*\\(\W)$/.exec(tail)
  return { longest, literal: leadingLiteral(tail), tail: sticky(`(?:${tail})$`), lastByte: last?.[1]?.charCodeAt(0) ?? null }
}

const basename = (program: string): string => program.slice(program.lastIndexOf('/') + 1)
