import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalAddress, parseCidr } from '../address.ts'
import type { State } from '../state/state.ts'

/** Names are asked for again this often (DESIGN: 60s to 1h). */
const RESOLVE_EVERY_MS = 5 * 6e4
/** Names that never had an answer are waited for this long, so that nobody is banned before he is known. */
const FIRST_ANSWER_MS = 3000
/** The last answer holds this long when no new one comes. */
const KEEP_MS = 864e5

interface Answer {
  readonly addresses: readonly string[]
  readonly atMs: number
}

export interface ResolvedListOptions {
  /** The list's name in the configuration; what is kept on disk and said is under it. */
  readonly key: 'ignoreip' | 'peers'
  readonly state: State
  readonly now: () => number
  readonly onChange: (cidrs: readonly string[]) => void
  readonly onNotice: (message: string) => void
  readonly resolve?: (name: string) => Promise<readonly string[]>
}

/** A configured list as addresses: CIDRs as they stand, DNS names as last resolved. A list that cannot be resolved never becomes empty. */
export function createResolvedList({ key, state, now, onChange, onNotice, resolve = resolveName }: ResolvedListOptions) {
  let entries: readonly string[] = []
  const answers = new Map<string, Answer>()
  /** Names without an answer, and what was said of each. */
  const failing = new Map<string, string>()
  let timer: NodeJS.Timeout | null = null
  let stopped = false

  const names = () => entries.filter((entry) => parseCidr(entry) === null)

  function publish(): void {
    onChange(entries.flatMap((entry) => answers.get(entry)?.addresses ?? (parseCidr(entry) === null ? [] : [entry])))
  }

  async function ask(name: string): Promise<void> {
    let answer: Answer
    try {
      const addresses = (await resolve(name)).map(canonicalAddress).filter((ip) => ip !== null)
      if (addresses.length === 0) throw new Error('no address')
      answer = { addresses, atMs: now() }
    } catch (error) {
      if (!stopped) unanswered(name, (error as NodeJS.ErrnoException).code ?? (error as Error).message)
      return
    }
    if (stopped) return
    if (failing.delete(name)) onNotice(`${key}: ${name} is resolved again`)
    answers.set(name, answer)
    // Where the disk is full the answer holds all the same, until this process ends.
    await state.remember(`${key}:${name}`, JSON.stringify(answer)).catch(() => {})
  }

  function unanswered(name: string, reason: string): void {
    const kept = answers.get(name)
    if (kept && now() - kept.atMs > KEEP_MS) answers.delete(name)
    const rest = answers.has(name) ? 'its last answer stays in force for a day' : 'it protects nobody until it resolves'
    if (failing.get(name) !== rest) onNotice(`${key}: ${name} cannot be resolved (${reason}); ${rest}`)
    failing.set(name, rest)
  }

  async function refresh(): Promise<void> {
    await Promise.all(names().map(ask))
    if (!stopped) publish()
  }

  return {
    /** Takes the configured list; resolves when every name has an answer, of now or kept on disk, or none came soon. Newer ones follow. */
    async set(list: readonly string[]): Promise<void> {
      entries = list
      for (const name of names()) {
        const kept = answers.has(name) ? null : await state.recall(`${key}:${name}`).catch(() => null)
        if (kept !== null) answers.set(name, JSON.parse(kept) as Answer)
      }
      publish()
      if (timer) clearInterval(timer)
      timer = null
      if (names().length === 0) return
      timer = setInterval(() => void refresh(), RESOLVE_EVERY_MS)
      const asked = refresh()
      if (!names().every((name) => answers.has(name))) await Promise.race([asked, sleep(FIRST_ANSWER_MS, null, { ref: false })])
    },
    stop(): void {
      stopped = true
      if (timer) clearInterval(timer)
    },
  }
}

/** What a name means today, as the machine's resolver has it. */
export async function resolveName(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}
