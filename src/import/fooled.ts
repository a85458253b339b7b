import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PrefixName } from '../config/types.ts'
import { FORGED, WITNESSES } from '../doctor/witnesses.ts'
import { SipguardError } from '../errors.ts'
import { buildAutomaton } from '../pattern/automaton.ts'
import { SubsetAutomaton } from '../pattern/subset-automaton.ts'
import type { Carried } from './carry.ts'
import { spellings, translate } from './pattern.ts'

/** A line that makes one of their failregexes report somebody who did not send it. */
export interface Fooled {
  readonly line: string
  /** Whom theirs reports. */
  readonly reports: string
  readonly why: string
  /** `fail2ban-regex` has read it so; or the proof says so, where there is no such program. */
  readonly by: 'fail2ban-regex' | 'proof'
}

/** What a filter of Fail2Ban's reads in each line: an address, a name, null for nothing. Null as a whole: there is no fail2ban-regex, or it cannot use the filter. */
export type Judge = (spec: string, lines: readonly string[]) => Promise<(string | null)[] | null>

/** What stands before a message in a line of the server. */
const HEADS: Readonly<Record<PrefixName, string>> = {
  asterisk: '[2026-01-15 10:30:45] NOTICE[1638] chan_sip.c: ',
  freeswitch: '2026-01-15 10:30:45.132685 [WARNING] sofia_reg.c:1842 ',
  kamailio: '2026-01-15T10:30:45+00:00 sbc1 kamailio[4862]: NOTICE: <script>: ',
  opensips: '2026-01-15T10:30:45+00:00 sbc1 opensips[812]: NOTICE:',
}

/** For each failregex the first line that fools it, or null. @param judge shows it; what it does not confirm is not said */
export async function fooledBy(
  carried: readonly Carried[],
  { server, spec, prefixes, judge }: { server: PrefixName; spec: string; prefixes: readonly string[]; judge: Judge },
): Promise<(Fooled | null)[]> {
  const candidates = carried.map((each) => [...known(each, server, prefixes), ...proved(each, server)])
  const lines = candidates.flat().map(({ line }) => line)
  const read = lines.length === 0 ? [] : await judge(spec, lines)
  const confirmed = (each: Fooled): Fooled | null => {
    if (read === null) return each.by === 'proof' ? each : null
    return read[lines.indexOf(each.line)] === each.reports ? { ...each, by: 'fail2ban-regex' } : null
  }
  return candidates.map((list) => list.map(confirmed).find((each) => each !== null) ?? null)
}

/** Lines that servers really print, as far as this failregex's own words read them. */
function known({ failregex }: Carried, server: PrefixName, prefixes: readonly string[]): Fooled[] {
  const translated = translate(failregex.text, server, prefixes)
  if (typeof translated === 'string') return []
  return WITNESSES[server].flatMap(({ line, wrong, what }) => {
    const why = wrong === FORGED ? what : `nobody failed: ${what}`
    const reads = translated.branches.flatMap(spellings).some((branch) => looselyReads(branch, line, wrong))
    return reads ? [{ line, reports: wrong, why, by: 'fail2ban-regex' as const }] : []
  })
}

/**
 * Whether the words stand in the line around this address. It only chooses what is worth asking fail2ban-regex. By automaton, not by
 * their regular expression: that may take for ever.
 */
function looselyReads(branch: string, line: string, address: string): boolean {
  const source = branch
    .replace('<ADDR>', address.replaceAll('.', '\\.'))
    .replace('<PORT>', '\\d+')
    .replace(/<F-[A-Z]+>/g, '(?:')
    .replace(/<\/F-[A-Z]+>/g, ')')
  try {
    const automaton = buildAutomaton(`.*(?:${source}).*`, { as: 'rule', alphabets: {} })
    const run = new SubsetAutomaton(automaton, { marks: (state) => automaton.final[state] === true })
    let state = run.start
    for (const byte of Buffer.from(line)) state = run.step(state, byte)
    return run.isMarked(state)
  } catch (error) {
    if (error instanceof SipguardError) return false
    throw error
  }
}

/** What the proof found. */
function proved({ findings, rules }: Carried, server: PrefixName): Fooled[] {
  return findings.flatMap((finding) => {
    if (finding.kind !== 'injection' || finding.witness.rule === null || rules.length === 0) return []
    const { text, rule, field } = finding.witness
    const line = HEADS[server] + Buffer.from(text, 'latin1').toString('utf8')
    if (/[\0-\x1f\x7f]/.test(line)) return []
    const what = finding.against === 'its own' ? 'the caller wrote the words of the line once more' : `it is a line of ${finding.against}`
    const why = `${what}${field === null ? '' : `, in its ${field}`}`
    return [{ line, reports: text.slice(rule.start, rule.end), why, by: 'proof' as const }]
  })
}

/** Asks the installed fail2ban-regex, with the filters of this folder. No name is resolved, no action run. */
export function fail2banRegex(folder: string): Judge {
  return async (spec, lines) => {
    const dir = await mkdtemp(join(tmpdir(), 'sipguard-import-'))
    try {
      const log = join(dir, 'lines.log')
      await writeFile(log, lines.map((line) => `${line}\n`).join(''))
      const stdout = await run(['-c', folder, '--usedns', 'no', '--timezone', 'UTC', '-e', 'utf-8', '-o', '<ip> <msg>', log, spec])
      return stdout === null ? null : inOrder(stdout.split('\n'), lines)
    } finally {
      await rm(dir, { recursive: true })
    }
  }
}

/** It prints what it finds in the order of the lines, each with its line. */
function inOrder(printed: string[], lines: readonly string[]): (string | null)[] {
  return lines.map((line) => {
    const [next = ''] = printed
    const space = next.indexOf(' ')
    if (space < 0 || next.slice(space + 1) !== line) return null
    printed.shift()
    return next.slice(0, space)
  })
}

function run(args: readonly string[]): Promise<string | null> {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', PYTHONIOENCODING: 'utf-8' }
  return new Promise((resolve) => {
    execFile('fail2ban-regex', args, { env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) =>
      resolve(error ? null : stdout),
    )
  })
}
