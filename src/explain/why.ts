import { formatDuration } from '../duration.ts'
import type { BanEvidence, EvidenceLine, LiftedBy } from '../kept.ts'
import { banJson } from '../report.ts'
import type { Ban, OpenWindow, TrustLevel } from '../types.ts'
import { parseLineId } from './line-id.ts'

/** One line as it is told; `text` null: it was not kept. */
export interface LineJson {
  readonly id: string
  readonly at: string
  readonly source: string | null
  /** Of its first byte in the source, bytes; null: another node counted it, or the source has none. */
  readonly offset: number | null
  readonly text: string | null
  readonly kind: string | null
  readonly rule: string | null
  readonly user: string | null
}

type PlaceJson = Pick<LineJson, 'id' | 'at' | 'source' | 'offset'>

export interface WhyBanJson extends ReturnType<typeof banJson> {
  /** Null: it ended in its time, or stands. */
  readonly lifted_at: string | null
  readonly lifted_by: LiftedBy | 'replaced' | null
  readonly config_version: string | null
  /** Null: a person asked for it, another node decided it, or it is older than what is kept. */
  readonly window: {
    readonly jail: string
    readonly key: string
    readonly maxretry: number
    readonly findtime: string
    readonly bantime: string
  } | null
  readonly lines: readonly LineJson[]
  /** What put the window's key under attack, where the jail has a second stage. */
  readonly armed_by: readonly LineJson[]
  readonly firewall: { readonly backend: string; readonly verified: boolean | null; readonly packets: number | null }
}

export interface WhyWindowJson {
  readonly jail: string
  readonly key: string
  readonly count: number
  readonly maxretry: number
  readonly findtime: string
  readonly lines: readonly PlaceJson[]
}

export interface NotCountedJson {
  readonly why: string
  readonly count: number
  readonly lines: readonly LineJson[]
}

export interface WhyJson {
  readonly ip: string
  readonly verdict: 'banned' | 'was-banned' | 'not-banned'
  readonly level: TrustLevel
  readonly config_version: string
  readonly bans: readonly WhyBanJson[]
  readonly windows: readonly WhyWindowJson[]
  readonly not_counted: readonly NotCountedJson[]
}

/** A ban and what is kept of it. */
export interface ToldBan {
  readonly ban: Ban
  readonly isActive: boolean
  /** Null: it was imposed before evidence was kept, or too long ago. */
  readonly evidence: BanEvidence | null
  readonly liftedMs: number | null
  readonly liftedBy: LiftedBy | null
  readonly verified: boolean | null
  readonly packets: number | null
}

export interface WhyFacts {
  readonly ip: string
  readonly level: TrustLevel
  readonly configVersion: string
  readonly backend: string
  /** The newest first. */
  readonly bans: readonly ToldBan[]
  readonly windows: readonly (OpenWindow & { readonly lines: readonly EvidenceLine[] })[]
  readonly notCounted: readonly { readonly why: string; readonly count: number; readonly lines: readonly EvidenceLine[] }[]
}

/** Everything that speaks for and against an address, as the API tells it. */
export function whyJson({ ip, level, configVersion, backend, bans, windows, notCounted }: WhyFacts): WhyJson {
  return {
    ip,
    verdict: bans.some(({ isActive }) => isActive) ? 'banned' : bans.length > 0 ? 'was-banned' : 'not-banned',
    level,
    config_version: configVersion,
    bans: bans.map((told, i) => whyBan(told, bans.slice(0, i), backend)),
    windows: windows.map(whyWindow),
    not_counted: notCounted.map(({ why, count, lines }) => ({ why, count, lines: lines.map(lineJson) })),
  }
}

/** @param newer bans that followed: one of the same scope took the place of this one */
function whyBan(told: ToldBan, newer: readonly ToldBan[], backend: string): WhyBanJson {
  const { ban, evidence, verified, packets } = told
  const { liftedMs, liftedBy } = endOf(told, newer)
  return {
    ...banJson(ban),
    lifted_at: liftedMs === null ? null : new Date(liftedMs).toISOString(),
    lifted_by: liftedBy,
    config_version: evidence?.config ?? null,
    window: evidence?.window
      ? {
          jail: ban.jail,
          key: evidence.window.key,
          maxretry: evidence.window.maxretry,
          findtime: formatDuration(evidence.window.findtimeMs),
          bantime: formatDuration(evidence.window.bantimeMs),
        }
      : null,
    lines: (evidence?.lines ?? []).map(lineJson),
    armed_by: (evidence?.arming ?? []).map(lineJson),
    firewall: { backend, verified, packets },
  }
}

function endOf({ ban, isActive, liftedMs, liftedBy }: ToldBan, newer: readonly ToldBan[]): Pick<WhyBanEnd, 'liftedMs' | 'liftedBy'> {
  if (isActive || liftedMs !== null) return { liftedMs, liftedBy }
  const standsOn = ({ scope, ip, prefix, port, transport }: Ban) => JSON.stringify([scope, prefix ?? ip, port, transport])
  const next = newer.findLast((other) => standsOn(other.ban) === standsOn(ban))
  if (next === undefined || (ban.untilMs !== null && ban.untilMs <= next.ban.fromMs)) return { liftedMs, liftedBy }
  return { liftedMs: next.ban.fromMs, liftedBy: 'replaced' }
}

interface WhyBanEnd {
  readonly liftedMs: number | null
  readonly liftedBy: WhyBanJson['lifted_by']
}

function whyWindow({ jail, key, count, maxretry, findtimeMs, lines }: WhyFacts['windows'][number]): WhyWindowJson {
  return { jail, key, count, maxretry, findtime: formatDuration(findtimeMs), lines: lines.map(placeJson) }
}

function placeJson({ id, atMs, source }: EvidenceLine): PlaceJson {
  return { id, at: new Date(atMs).toISOString(), source, offset: source === null ? null : (parseLineId(id)?.offset ?? null) }
}

function lineJson(line: EvidenceLine): LineJson {
  const { text, kind, rule, user } = line
  return { ...placeJson(line), text: text === null ? null : textOf(text), kind, rule, user }
}

/** Bytes, one a character, as text: UTF-8, with U+FFFD where it is none. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
