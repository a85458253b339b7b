import { readFileSync } from 'node:fs'
import { SipguardError } from '../errors.ts'

/** What Fail2Ban's own form says of the line below it (fail2ban/tests/files/logs), and what we add to it. */
export interface Expectation {
  /** Whether the line counts against its host. */
  readonly match: boolean
  /** `2026-01-15T10:30:45`; without a zone it is UTC. */
  readonly time?: string
  readonly host?: string
  readonly rule?: string
  readonly [field: string]: unknown
}

export interface Sample {
  readonly file: string
  /** Line number of the raw line, from 1. */
  readonly line: number
  /** The raw line, byte for byte, without its newline. */
  readonly bytes: Buffer
  readonly expect: Expectation
}

const NEWLINE = 10
const HASH = 35
const MARK = /^# ?failJSON: (.*)$/

/**
 * The samples of one fixture log: raw lines, each under its `# failJSON: {…}` comment. Other comments and empty lines are skipped.
 * @throws SipguardError SOURCE_UNREADABLE, CONFIG_INVALID with FILE:LINE for a comment that is no JSON or a line without one
 */
export function readSamples(file: string): Sample[] {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new SipguardError('SOURCE_UNREADABLE', `cannot read the fixtures ${file}: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    })
  }
  const samples: Sample[] = []
  const faults: string[] = []
  let expect: Expectation | null = null
  let line = 0
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    const raw = bytes.subarray(start, newline < 0 ? bytes.length : newline)
    start += raw.length + 1
    line++
    if (raw.length === 0) continue
    if (raw[0] === HASH) {
      const json = MARK.exec(raw.toString())?.[1]
      if (json === undefined) continue
      expect = readExpectation(json)
      if (expect === null) faults.push(`${file}:${line}:1: expected # failJSON: { "match": true, … }, got '${json}'`)
    } else if (expect === null) faults.push(`${file}:${line}:1: a line without a # failJSON: comment above it`)
    else {
      samples.push({ file, line, bytes: raw, expect })
      expect = null
    }
  }
  if (faults.length > 0) throw new SipguardError('CONFIG_INVALID', faults.join('\n'))
  return samples
}

function readExpectation(json: string): Expectation | null {
  try {
    const found = JSON.parse(json) as Expectation
    return typeof found === 'object' && found !== null && typeof found.match === 'boolean' ? found : null
  } catch {
    return null
  }
}
