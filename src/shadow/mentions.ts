import { createClassifier } from '../classify/index.ts'
import type { Config } from '../config/types.ts'
import type { LineBatch, SipEvent } from '../types.ts'

/** Addresses that are looked for; each is searched for in all lines. */
export const MOST_SOUGHT = 50

/** Lines that name an address and are not its own. */
export interface Mentions {
  lines: number
  /** How many of them may be read in more than one way, and how many no rule knows. */
  ambiguous: number
  unknown: number
  /** Whose the others are, and how many. */
  readonly senders: Map<string, number>
  /** Where the last one stands. */
  source: string
  /** Bytes. */
  offset: number
}

/** An address, and until when lines are of interest, epoch ms. */
export interface Sought {
  readonly ip: string
  readonly untilMs: number
}

/** What lines that are not an address's own say of it: Fail2Ban may have taken it from the text of a caller. Each log is read once. */
export async function findMentions(
  logs: Iterable<AsyncIterable<LineBatch, void>>,
  sought: readonly Sought[],
  config: Pick<Config, 'filters' | 'tz'>,
): Promise<ReadonlyMap<string, Mentions>> {
  const classifier = createClassifier(config)
  const found = new Map<string, Mentions>()
  const wanted = sought.map(({ ip, untilMs }) => ({ ip, untilMs, alone: alone(ip) }))

  function look(batch: LineBatch, line: number, { ip, untilMs, alone }: (typeof wanted)[number]): void {
    const { bytes, spans, filter, receivedAtMs, source, offset } = batch
    const [start, end] = [spans[2 * line]!, spans[2 * line + 1]!]
    if (!alone.test(bytes.toString('latin1', start, end))) return
    const atMs = classifier.timeOf(bytes, start, end, receivedAtMs)
    if (atMs !== null && atMs > untilMs) return
    const event = classifier.classify(bytes, start, end, filter, receivedAtMs, receivedAtMs)
    if (event?.ip === ip) return
    const mentions = found.get(ip) ?? { lines: 0, ambiguous: 0, unknown: 0, senders: new Map<string, number>(), source, offset }
    found.set(ip, mentions)
    note(mentions, event)
    Object.assign(mentions, { source, offset: offset + start })
  }

  for (const log of logs) {
    for await (const batch of log) {
      for (const each of wanted) for (const line of linesWith(batch, each.ip)) look(batch, line, each)
    }
  }
  return found
}

/** The lines that hold a text, by their numbers. */
function* linesWith({ bytes, spans, count }: LineBatch, text: string): Generator<number, void> {
  let line = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, spans[2 * line - 1])) {
    while (line < count && spans[2 * line + 1]! <= at) line++
    if (line === count) return
    yield line++
  }
}

function note(mentions: Mentions, event: SipEvent | null): void {
  mentions.lines++
  if (event === null) mentions.unknown++
  else if (event.ip === null) mentions.ambiguous++
  else mentions.senders.set(event.ip, (mentions.senders.get(event.ip) ?? 0) + 1)
}

/** The address as a word of its own: not 192.0.2.70 for 192.0.2.7. */
const alone = (ip: string): RegExp => new RegExp(`(?<![\\da-f.:])${ip.replaceAll('.', '\\.')}(?![\\da-f])`)
