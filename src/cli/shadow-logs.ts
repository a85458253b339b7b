import type { Config } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { forTerminal } from '../escape.ts'
import { createFail2BanLog, type Fail2BanLog } from '../shadow/fail2ban-log.ts'
import { discover, nameOf, partsOf, readLines, sealedSince } from '../sources/index.ts'
import { STDIN } from './configuration.ts'

/** A log of a SIP server, and the filter that is pinned to it. */
export interface ServerLog {
  readonly path: string
  readonly filter: string | null
}

/**
 * The logs to be replayed: the files, else those that the configuration's sources name, with their rotated parts written since then (epoch
 * ms). What of the sources is no file, or cannot be read, is said on standard error.
 * @throws SipguardError USAGE where there are none
 */
export async function serverLogs(files: readonly string[], { sources }: Pick<Config, 'sources'>, sinceMs: number): Promise<ServerLog[]> {
  if (files.length > 0) return files.map((path) => ({ path, filter: null }))
  const found = new Map<string, ServerLog>()
  for (const source of sources) {
    if (source.type !== 'file') {
      const instead = source.type === 'journal' ? `; pipe it: journalctl -o short-iso | sipguard shadow ${STDIN}` : ''
      console.error(forTerminal(`${nameOf(source)} is no file, and not compared${instead}`))
      continue
    }
    for (const log of await discover(source.file).list()) {
      for (const path of await readableParts(log, sinceMs)) found.set(path, { path, filter: source.filter })
    }
  }
  if (found.size > 0) return [...found.values()]
  throw new SipguardError('USAGE', "expected the SIP servers' logs as FILE, or a --config whose sources: name files")
}

/**
 * All of Fail2Ban's log, with its rotated parts.
 * @throws SipguardError SOURCE_UNREADABLE also where nothing in it is Fail2Ban's
 */
export async function readFail2BanLog(path: string, tz: string): Promise<Readonly<Fail2BanLog>> {
  const { log, line } = createFail2BanLog(tz)
  for (const part of await readableParts(path, Number.NEGATIVE_INFINITY)) {
    for await (const { bytes, spans, count, receivedAtMs } of readLines(part, { filter: null })) {
      for (let i = 0; i < count; i++) line(bytes.toString('utf8', spans[2 * i], spans[2 * i + 1]), receivedAtMs)
    }
  }
  if (log.own > 0) return log
  const instead = log.lines === 0 ? 'it is empty' : `of its ${log.lines} lines none is, the first one is '${log.foreign!.slice(0, 120)}'`
  throw new SipguardError('SOURCE_UNREADABLE', `expected a log of Fail2Ban (--fail2ban-log): ${path}: ${instead}`)
}

async function readableParts(path: string, sinceMs: number): Promise<string[]> {
  const sealed = await sealedSince(path, Number.isFinite(sinceMs) ? BigInt(Math.round(sinceMs)) * 1_000_000n : 0n)
  for (const part of sealed) console.error(forTerminal(`${part} is compressed in a form that is not read here: its lines are missing`))
  return partsOf(path, sinceMs)
}
