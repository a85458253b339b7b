import { networkOf } from '../address.ts'
import type { Control } from '../api/control.ts'
import { bansOn, findAllowed, holds } from '../api/lookup.ts'
import type { Config } from '../config/types.ts'
import { COUNTED } from '../explain/seen.ts'
import { type ToldBan, type WhyFacts, whyJson } from '../explain/why.ts'
import { whyNotJson } from '../explain/why-not.ts'
import type { BanEvidence } from '../kept.ts'
import type { SourceStatus } from '../sources/index.ts'
import type { KeptEvidence, State } from '../state/state.ts'
import type { Ban, TrustLevel } from '../types.ts'
import type { AllowList } from './allow-list.ts'
import { banKey, standsOn } from './ban-key.ts'
import type { Evidence } from './evidence.ts'
import type { Guard } from './guard.ts'
import type { Tally } from './tally.ts'
import { tryLines } from './try.ts'

/** Bans of one address that are told, the newest. */
const MOST_BANS = 20
/** Bytes of a source that wait: it is behind. */
const BEHIND_BYTES = 1 << 20
/** Levels at which a counted line leads to nothing. */
const SPARED: ReadonlySet<TrustLevel> = new Set(['self', 'allowed', 'peer'])

export interface WhyOptions {
  readonly guard: Guard
  readonly evidence: Evidence
  readonly state: Pick<State, 'evidence' | 'node'>
  readonly config: () => Config
  readonly allowList: Pick<AllowList, 'at'>
  readonly sources: () => readonly SourceStatus[]
  readonly tally: Pick<Tally, 'lagMs'>
  readonly now: () => number
}

/** Why something is banned, and why not; and what would be. */
export function createWhy(options: WhyOptions): Pick<Control, 'why' | 'whyNot' | 'bundle' | 'tryLines'> {
  const { guard, evidence, state, config, allowList, sources, tally, now } = options
  const { enforcer } = guard
  const { trust, detector } = guard.pipeline.judge

  /** Those that stand, and those that are over, the newest first. */
  async function bansOf(ip: string): Promise<ToldBan[]> {
    // What was decided a moment ago is in the journal, not yet in the state.
    await guard.flush()
    const active = bansOn(guard.active(), ip)
    const places = new Set([ip, ip.includes('/') ? ip : networkOf(ip), ...active.map(standsOn)])
    const kept = await state.evidence([...places], MOST_BANS)
    const isSame = (ban: Ban, row: KeptEvidence) => banKey(ban) === row.key && ban.fromMs === row.fromMs
    const told = await Promise.all(
      kept.map(async (row): Promise<ToldBan> => {
        const found = JSON.parse(row.data) as BanEvidence
        const ban = active.find((ban) => isSame(ban, row))
        return {
          ...(await standing(ban)),
          ban: ban ?? found.ban,
          evidence: await whole(found),
          liftedMs: row.liftedMs,
          liftedBy: row.liftedBy,
        }
      }),
    )
    const unkept = active.filter((ban) => !kept.some((row) => isSame(ban, row)))
    const older = unkept.map(async (ban) => ({ ...(await standing(ban)), ban, evidence: null, liftedMs: null, liftedBy: null }))
    return [...told, ...(await Promise.all(older))].sort((a, b) => b.ban.fromMs - a.ban.fromMs)
  }

  async function standing(ban: Ban | undefined): Promise<Pick<ToldBan, 'isActive' | 'verified' | 'packets'>> {
    if (ban === undefined) return { isActive: false, verified: null, packets: null }
    const [verified, [packets = null]] = await Promise.all([enforcer.verify(ban), enforcer.packets([ban])])
    return { isActive: true, verified, packets }
  }

  async function whole(found: BanEvidence): Promise<BanEvidence> {
    return { ...found, lines: await evidence.completed(found.lines), arming: await evidence.completed(found.arming) }
  }

  function notCounted(ip: string, level: TrustLevel): { why: string; count: number; newest: readonly { id: string; atMs: number }[] }[] {
    const seen = evidence.seen.of(ip)
    if (seen === null) return []
    const forgottenMs = detector.forgottenUntil(networkOf(ip))
    // Those that counted before somebody lifted its ban are told with that ban.
    const lines = [...seen.lines]
      .filter(([why, { newestMs }]) => why !== COUNTED || (SPARED.has(level) && newestMs > forgottenMs))
      .map(([why, { count, newest }]) => ({ why: why === COUNTED ? level : why, count, newest }))
    const skips = [...seen.skips]
      .filter(([why]) => !SPARED.has(why as TrustLevel))
      .map(([why, { count, newest }]) => ({ why, count, newest }))
    const spared = detector
      .openWindows(ip)
      .filter(({ bans, spared }) => bans && spared)
      .map(({ count, hits }) => ({ why: 'unless', count, newest: hits.slice(-3) }))
    return [...lines, ...skips, ...spared]
  }

  async function factsOf(ip: string): Promise<WhyFacts> {
    const level = trust.levelOf(ip, now())
    const bans = await bansOf(ip)
    const windows = detector
      .openWindows(ip)
      .map((window) => ({ ...window, lines: window.hits.map(({ id, atMs }) => evidence.lineOf(id, atMs)) }))
    const others = notCounted(ip, level).map(async ({ why, count, newest }) => {
      const lines = await evidence.completed(newest.map(({ id, atMs }) => evidence.lineOf(id, atMs)))
      return { why, count, lines }
    })
    return {
      ...{ ip, level, bans, windows, configVersion: evidence.version, backend: enforcer.backend },
      notCounted: await Promise.all(others),
    }
  }

  const allowing = (ip: string) => findAllowed(allowList.at(now()), ip, now())

  /** Which entry makes an address what it is. */
  function entryOf(ip: string, level: TrustLevel): string | null {
    const { self, ignored, peers } = trust.lists()
    const holding = (list: readonly string[]) => list.find((cidr) => holds(cidr, ip))
    if (level === 'self') return holding(self) ?? null
    if (level === 'peer') return `peers: ${holding(peers)}`
    if (level !== 'allowed') return null
    const entry = allowing(ip)
    if (entry === null) return `ignoreip: ${holding(ignored)}`
    return `allow list: ${entry.cidr}${entry.comment === null ? '' : `, ${entry.comment}`}`
  }

  const troubles = () =>
    sources().flatMap(({ name, trouble, lagBytes }) => {
      if (trouble !== null) return [`${name}: ${trouble}`]
      const lagMs = tally.lagMs(name)
      return lagBytes > BEHIND_BYTES ? [`${name} is ${lagBytes} bytes and ${Math.round(lagMs / 1000)} s behind`] : []
    })

  return {
    async why(ip) {
      return whyJson(await factsOf(ip))
    },
    async whyNot(ip) {
      const level = trust.levelOf(ip, now())
      return whyNotJson({
        ...{
          ip,
          level,
          by: entryOf(ip, level),
          allowEntry: allowing(ip)?.cidr ?? null,
          nowMs: now(),
          backend: enforcer.backend,
          lastError: enforcer.lastError,
        },
        ...{ bans: await bansOf(ip), seen: evidence.seen.of(ip), windows: detector.openWindows(ip) },
        ...{ forgottenUntilMs: detector.forgottenUntil(networkOf(ip)), troubles: troubles() },
      })
    },
    async bundle(ip) {
      const { bundleOf } = await import('./why-bundle.ts')
      return bundleOf(await factsOf(ip), config(), state.node)
    },
    tryLines: (text, filter) => tryLines(text, filter, config(), trust),
  }
}
