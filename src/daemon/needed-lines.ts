import { isDeepStrictEqual } from 'node:util'
import { createClassifier } from '../classify/index.ts'
import type { Config } from '../config/types.ts'
import { parseLineId } from '../explain/line-id.ts'
import { createJudge } from '../judge.ts'
import type { BanEvidence, EvidenceLine, Offence } from '../kept.ts'
import type { SipEvent } from '../types.ts'

/** More lines are not looked through one by one. */
const MOST_TRIED = 200

/**
 * The lines that a ban takes, each once, in the order of their times and places. Those whose part others take are left out: where different
 * values count, what came with the same one again, and of the lines that had put its key under attack, those for which the address's own stand.
 * Without any one of what is left it is not banned.
 */
export function neededLines(evidence: BanEvidence, config: Config, offence: Pick<Offence, 'ip' | 'nth'> | null): EvidenceLine[] {
  const all = [...new Map([...evidence.arming, ...evidence.lines].map((line) => [line.id, line])).values()].sort(inOrder)
  const jail = config.jails.find(({ name }) => name === evidence.ban.jail)
  const areAllNeeded = evidence.arming.length === 0 && jail?.distinct == null
  if (areAllNeeded || all.length > MOST_TRIED) return all
  const bans = judging(evidence, config, offence, all)
  let needed = all
  for (const line of all) {
    const without = needed.filter((other) => other !== line)
    if (bans(without)) needed = without
  }
  return needed
}

/** Whether the same ban follows from some of these lines. */
function judging(
  { ban, phones, savedMs }: BanEvidence,
  config: Config,
  offence: Pick<Offence, 'ip' | 'nth'> | null,
  all: readonly EvidenceLine[],
) {
  const { classify } = createClassifier({ ...config, plainLines: Number.POSITIVE_INFINITY })
  const events = new Map(
    all.flatMap(({ id, text, pin }): [string, SipEvent][] => {
      const bytes = Buffer.from(text ?? '', 'latin1')
      const event = classify(bytes, 0, bytes.length, pin, savedMs, savedMs)
      return event === null ? [] : [[id, { ...event, id }]]
    }),
  )
  const offences = offence === null ? [] : [{ ...offence, untilMs: 0, forgetMs: null }]
  const jails = config.jails.filter(({ name }) => name === ban.jail)
  // Memory is set aside by how many may be counted.
  const store = { ...config.store, maxkeys: MOST_TRIED }
  return (lines: readonly EvidenceLine[]): boolean => {
    const judge = createJudge({ ...config, jails, store }, ban.node)
    judge.trust.setIgnored(config.ignoreip)
    judge.restore({ counters: [], phones, bans: [], offences })
    let nowMs = Number.NEGATIVE_INFINITY
    return lines.some(({ id }) => {
      const event = events.get(id)
      if (event === undefined) return false
      nowMs = Math.max(nowMs, event.atMs)
      return judge.judge(event, nowMs).some((decision) => decision.type === 'ban' && isDeepStrictEqual(decision.ban, ban))
    })
  }
}

const offsetOf = ({ id }: EvidenceLine): number => parseLineId(id)?.offset ?? 0

const inOrder = (a: EvidenceLine, b: EvidenceLine): number => a.atMs - b.atMs || offsetOf(a) - offsetOf(b)
