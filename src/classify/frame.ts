import type { PrefixName } from '../config/types.ts'
import { SERVER_PREFIXES, type ServerPrefix, SYSLOG_HEADERS } from '../pattern/prefix/index.ts'
import { openEnvelope } from './envelope.ts'

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
  /** A header folded by the caller could have made this line. */
  readonly forgeable: boolean
}

const sticky = (source: string) => new RegExp(source, 'sy')
const HEADERS = Object.values(SYSLOG_HEADERS).map(sticky)
const OWN = Object.values(SERVER_PREFIXES).flatMap((server) => server.own.map((source) => ({ server: server.name, form: sticky(source) })))

const BRACE = 123
const AT = 64
const SPACE = 32

/** Reads the prefix of one line. A line with a leading space is nobody's but for the forms that begin with one. */
export function readFrame(line: string): Frame | null {
  const first = line.charCodeAt(0)
  if (first !== BRACE && !(first === AT && line.startsWith('@cee: '))) return readHeader(line)
  const envelope = openEnvelope(line)
  if (envelope === null) return null
  const { text, program, server, time } = envelope
  if (program !== null || server !== null)
    return nested({ text, at: 0, program: program && basename(program), server, time, forgeable: false })
  const within = readHeader(text)
  return within && nested({ ...within, time: time ?? within.time })
}

function readHeader(text: string): Frame | null {
  for (const { server, form } of OWN) {
    form.lastIndex = 0
    const found = form.exec(text)
    if (found) {
      const { time = null, forgeable } = found.groups ?? {}
      return { text, at: form.lastIndex, program: null, server, time, forgeable: forgeable !== undefined }
    }
  }
  for (const header of HEADERS) {
    header.lastIndex = 0
    const found = header.exec(text)
    if (!found) continue
    const { time = null, program = '' } = found.groups ?? {}
    return nested({ text, at: header.lastIndex, program: basename(program), server: null, time, forgeable: false })
  }
  return text.charCodeAt(0) === SPACE ? null : { text, at: 0, program: null, server: null, time: null, forgeable: false }
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
      return starts
    }
  }
  lead.lastIndex = at
  lead.test(text)
  return [lead.lastIndex]
}

interface CompiledLead {
  readonly lead: RegExp
  readonly open: RegExp | null
  readonly resume: RegExp | null
}
const leads = new Map<ServerPrefix, CompiledLead>()

function compiled(prefix: ServerPrefix): CompiledLead {
  let found = leads.get(prefix)
  if (!found) {
    found = {
      lead: sticky(`(?:${prefix.lead})`),
      open: prefix.open ? sticky(prefix.open.lead) : null,
      resume: prefix.open ? new RegExp(prefix.open.resume, 'gs') : null,
    }
    leads.set(prefix, found)
  }
  return found
}

const basename = (program: string): string => program.slice(program.lastIndexOf('/') + 1)
