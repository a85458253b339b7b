import type { DecisionJson } from '../api/wire.ts'
import { forTerminal, toJsonLine } from '../escape.ts'
import { bansToTake, readBanDatabase, type TheirBan } from '../import/index.ts'
import { createClient, type DaemonOptions } from './client.ts'
import { decisionText, endText } from './decision-text.ts'
import { createProgress } from './progress.ts'

export interface TakeOptions extends DaemonOptions {
  readonly database: string
  readonly jail?: readonly string[]
  readonly dryRun?: true
  readonly json?: true
}

/**
 * `sipguard import fail2ban-bans`: asks the daemon for every ban that is in force in Fail2Ban's database. What the daemon has taken before
 * an error stays, and another run goes on from there.
 * @throws SipguardError SOURCE_UNREADABLE, USAGE, and what the client and the daemon throw
 */
export async function takeBans({ database, jail = [], dryRun, json, ...daemon }: TakeOptions): Promise<void> {
  const nowMs = Date.now()
  const { bans, leftOut } = bansToTake(readBanDatabase(database, nowMs), jail, nowMs)
  const print = (object: object, text: string) => console.log(json ? toJsonLine(object) : forTerminal(text))
  for (const entry of leftOut) print({ type: 'left-out', ...entry }, `not carried over ${entry.what}: ${entry.why}`)
  if (dryRun) {
    for (const ban of bans.map(asked)) print({ type: 'would-ban', ...ban }, `would ban ${ban.ip} [${ban.jail}] ${endText(ban.until)}`)
    return
  }
  const decisions = await ask(bans.map(asked), daemon, (decision) => print(decision, decisionText(decision)))
  if (json) return
  const count = (holds: (decision: DecisionJson) => boolean) => decisions.filter(holds).length
  const taken = count(({ type }) => type === 'ban')
  const there = count((decision) => decision.type === 'skip' && decision.why === 'already-banned')
  console.log(`${taken} banned, ${there} banned already, ${decisions.length - taken - there} not to be banned`)
}

const asked = ({ ip, jail, untilMs }: TheirBan) => ({ ip, jail, until: untilMs === null ? null : new Date(untilMs).toISOString() })

/** One after the other: the daemon answers when the kernel has it. */
async function ask(
  bans: readonly ReturnType<typeof asked>[],
  daemon: DaemonOptions,
  onDecision: (decision: DecisionJson) => void,
): Promise<DecisionJson[]> {
  const client = createClient(daemon)
  const progress = createProgress(process.stderr, 1)
  const decisions: DecisionJson[] = []
  try {
    for (const { ip, jail, until } of bans) {
      const end = until === null ? { for: -1 } : { until }
      const decision = await client.call<DecisionJson>('POST', '/api/bans', { ip, jail, ...end, unless: 'trusted' })
      decisions.push(decision)
      progress.clear()
      onDecision(decision)
      progress.show(0, 'bans', decisions.length, bans.length)
    }
  } finally {
    progress.clear()
  }
  return decisions
}
