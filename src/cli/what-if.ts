import { networkOf } from '../address.ts'
import { withSettings } from '../config/index.ts'
import type { Config } from '../config/types.ts'
import { createJudge } from '../judge.ts'
import type { SipEvent } from '../types.ts'
import { type BanTally, createBanTally, type Risk } from './ban-tally.ts'
import type { SuccessHistory } from './success-history.ts'

/** What one group of settings would have done, next to the others. */
export interface Result {
  /** As `--set` writes it; null: the present settings. */
  readonly setting: string | null
  readonly bans: number
  /** Addresses (IPv6: /64s) of which something was banned. */
  readonly ips: number
  /** Of the attackers, those of which something was banned. */
  readonly stopped: number
  /** What counted and came from attackers, while this setting had not banned them. */
  readonly guesses: number
  readonly risks: readonly Risk[]
}

export interface Comparison {
  /** The present settings first. */
  readonly results: readonly [Result, ...Result[]]
  /** Addresses (IPv6: /64s) of which any of the settings bans something, but for those at risk under any of them. */
  readonly attackers: number
  readonly recommended: Result
}

/**
 * Judges one log by other settings too, in the same pass. Each of `groups` is as `--set` writes it.
 * @throws SipguardError USAGE with what is wrong with them
 */
export function createWhatIf(
  config: Config,
  groups: readonly string[],
  present: { readonly tally: BanTally; readonly history: SuccessHistory },
) {
  const others = groups.map((setting) => {
    const changed = withSettings(config, setting)
    return { setting, config: changed, judge: createJudge(changed, 'replay'), tally: createBanTally() }
  })
  const all = [{ setting: null, tally: present.tally }, ...others]
  const counted = new Map<string, number>()
  return {
    /** With their configurations, whose lists they have not taken yet. */
    judges: others.map(({ judge, config }) => ({ judge, config })),
    /** Every event, before the present settings judge it. */
    event(event: SipEvent, nowMs: number): void {
      if (event.counted && event.ip !== null) {
        const network = networkOf(event.ip)
        counted.set(network, (counted.get(network) ?? 0) + 1)
        for (const { tally } of all) tally.counted(event)
      }
      for (const { judge, tally } of others) for (const decision of judge.judge(event, nowMs)) tally.decision(decision)
    },
    expire(nowMs: number): void {
      for (const { judge } of others) judge.expire(nowMs)
    },
    compare: (): Comparison => compare(all, counted, present.history),
  }
}

function compare(
  all: readonly { readonly setting: string | null; readonly tally: BanTally }[],
  counted: ReadonlyMap<string, number>,
  history: SuccessHistory,
): Comparison {
  const risks = all.map(({ tally }) => tally.risks(history))
  const innocent = new Set(risks.flat().map(({ ip }) => networkOf(ip)))
  const attackers = [...new Set(all.flatMap(({ tally }) => [...tally.banned.keys()]))].filter((network) => !innocent.has(network))
  const [present, ...others] = all.map(
    ({ setting, tally }, i): Result => ({
      ...{ setting, bans: tally.bans, ips: tally.banned.size },
      stopped: attackers.filter((network) => tally.banned.has(network)).length,
      guesses: attackers.reduce((sum, network) => sum + (counted.get(network) ?? 0) - tally.prevented(network), 0),
      risks: risks[i]!,
    }),
  ) as [Result, ...Result[]]
  return { results: [present, ...others], attackers: attackers.length, recommended: recommend(present, others) }
}

/** Of those that ban nobody who succeeded and whom the present settings let alone: the fewest guesses, then the fewest at risk. */
function recommend(present: Result, others: readonly Result[]): Result {
  const atRisk = new Set(present.risks.map(({ ip }) => networkOf(ip)))
  const harmless = others.filter(({ risks }) => risks.every(({ ip }) => atRisk.has(networkOf(ip))))
  const isBetter = (a: Result, b: Result) => a.guesses < b.guesses || (a.guesses === b.guesses && a.risks.length < b.risks.length)
  return harmless.reduce((best, result) => (isBetter(result, best) ? result : best), present)
}
