import { networkOf } from '../address.ts'
import { createClassifier } from '../classify/index.ts'
import type { Config, Jail } from '../config/types.ts'
import type { TrustBook } from '../decide/index.ts'
import { configVersion } from '../explain/config-version.ts'
import { parseLineId } from '../explain/line-id.ts'
import { LineRing } from '../explain/line-ring.ts'
import type { RecentAddresses } from '../explain/recent-addresses.ts'
import { Seen } from '../explain/seen.ts'
import type { BanEvidence, EvidenceEnd, EvidenceLine, EvidenceRow, LiftedBy } from '../kept.ts'
import type { ReadLine } from '../pipeline.ts'
import type { State } from '../state/state.ts'
import type { Ban, Decision, Detection, SipEvent } from '../types.ts'
import { banKey, standsOn } from './ban-key.ts'
import { createLinePlaces } from './line-places.ts'

/** Text of the newest lines that count, and of the others, bytes. */
const COUNTED_BYTES = 4 << 20
const OTHER_BYTES = 1 << 20
/** Lines of one window that are kept, the newest. A rate jail's may hold more. */
const MOST_LINES = 1000
/** Keys under attack whose first window is remembered. */
const MOST_ARMED = 200
/** Bans whose lines are still to be read back from their files; what comes while so many wait is read when somebody asks. */
const MOST_INCOMPLETE = 100

export interface EvidenceOptions {
  readonly state: Pick<State, 'node' | 'evidence'>
  /** Stored positions by stream. */
  readonly positions: ReadonlyMap<string, string>
  readonly config: Config
  readonly now: () => number
  readonly addresses: RecentAddresses
}

/** What led to each ban: gathered while lines are read, kept with the ban, completed from the logs. */
export function createEvidence({ state, positions, config, now, addresses }: EvidenceOptions) {
  const counted = new LineRing(COUNTED_BYTES)
  const others = new LineRing(OTHER_BYTES)
  const seen = new Seen(addresses)
  const places = createLinePlaces(positions)
  /** To be journalled: evidence, or the lines that put a key under attack. */
  const fresh = new Map<string, Omit<EvidenceRow, 'data'> & { readonly value: () => BanEvidence | readonly EvidenceLine[] }>()
  let ends: EvidenceEnd[] = []
  /** By key (see armedKey): the lines that put it under attack. */
  const armed = new Map<string, () => readonly EvidenceLine[]>()
  let settings = config
  let version = configVersion(config)
  let classify: ReturnType<typeof createClassifier>['classify'] | null = null
  let onCompleted = (): void => {}
  let incomplete = 0
  let completing: Promise<void> = Promise.resolve()

  function lineOf(id: string, atMs: number): EvidenceLine {
    const at = parseLineId(id)
    const own = at !== null && at.node === state.node
    const kept = own ? (counted.find(at.generation, at.offset) ?? others.find(at.generation, at.offset)) : null
    if (kept !== null) return { id, atMs, ...kept }
    const place = own ? places.of(at.generation) : null
    return { id, atMs, source: place?.source ?? null, pin: place?.pin ?? null, text: null, kind: null, rule: null, user: null }
  }

  const linesOf = (hits: Detection['hits']) => hits.slice(-MOST_LINES).map(({ id, atMs }) => lineOf(id, atMs))

  /** A line that was read back. */
  function withText(line: EvidenceLine, bytes: Buffer): EvidenceLine {
    classify ??= createClassifier({ ...settings, plainLines: Number.POSITIVE_INFINITY }).classify
    const event = classify(bytes, 0, bytes.length, line.pin, line.atMs, line.atMs)
    const known = event && { kind: event.kind, rule: `${event.filter}/${event.rule}`, user: event.user }
    return { ...line, ...known, text: bytes.toString('latin1') }
  }

  /** The same lines, with the text of those that their files still have. */
  async function completed(lines: readonly EvidenceLine[]): Promise<readonly EvidenceLine[]> {
    const missing = lines.filter(isMissing).map(({ id }) => parseLineId(id)!)
    if (missing.length === 0) return lines
    const read = new Map<string, Buffer>()
    for (const [generation, ids] of Map.groupBy(missing, (id) => id.generation)) {
      const found = await places.read(
        generation,
        ids.map(({ offset }) => offset),
      )
      for (const [offset, bytes] of found) read.set(`${state.node}:${generation}:${offset}`, bytes)
    }
    return lines.map((line) => {
      const bytes = line.text === null ? read.get(line.id) : undefined
      return bytes === undefined ? line : withText(line, bytes)
    })
  }

  async function complete(evidence: BanEvidence, armedKey: string | null): Promise<BanEvidence> {
    const arming = evidence.arming.length === 0 && armedKey !== null ? await armingOf(armedKey) : evidence.arming
    return { ...evidence, lines: await completed(evidence.lines), arming: await completed(arming) }
  }

  /** What was kept of the key before the last start. */
  async function armingOf(key: string): Promise<readonly EvidenceLine[]> {
    const [row] = await state.evidence([key], 1)
    return row === undefined ? [] : (JSON.parse(row.data) as EvidenceLine[])
  }

  function keep(ban: Ban, evidence: BanEvidence): void {
    const key = banKey(ban)
    fresh.set(`${ban.fromMs} ${key}`, { key, place: standsOn(ban), fromMs: ban.fromMs, savedMs: evidence.savedMs, value: () => evidence })
  }

  /** Whether a line's text is missing here, and its log may still have it. */
  function isMissing({ id, text }: EvidenceLine): boolean {
    const at = text === null ? parseLineId(id) : null
    return at !== null && at.node === state.node && places.of(at.generation) !== null
  }

  /** What is missing is read while the log is there: it may be rotated away before anybody asks. */
  function completeLater(ban: Ban, evidence: BanEvidence, armedKey: string | null): void {
    const isWhole = ![...evidence.lines, ...evidence.arming].some(isMissing) && (armedKey === null || evidence.arming.length > 0)
    if (isWhole || incomplete >= MOST_INCOMPLETE) return
    incomplete++
    completing = completing
      .then(async () => {
        const whole = await complete(evidence, armedKey)
        keep(ban, whole)
        onCompleted()
      })
      .catch(() => {}) // the state told its trouble already
      .finally(() => {
        incomplete--
      })
  }

  function banned(ban: Ban, detection: Detection, trust: TrustBook): void {
    const jail = detection.hits.length === 0 ? undefined : settings.jails.find(({ name }) => name === detection.jail)
    const key = jail && detection.stage === 2 ? armedKeyOf(jail, detection) : null
    // A ban of one IPv6 address stands where its /64 holds somebody trusted.
    const speaks = ban.level === 'phone' || (ban.ip.includes(':') && ban.prefix === null)
    const { phones, lists } = speaks ? trust.trustedIn(networkOf(ban.ip), now()) : { phones: [], lists: [] }
    const evidence: BanEvidence = {
      ...{ ban, config: version, phones, trusted: lists, savedMs: now() },
      window: jail ? windowOf(jail, detection, settings) : null,
      lines: linesOf(detection.hits),
      arming: key === null ? [] : (armed.get(key)?.() ?? []),
    }
    keep(ban, evidence)
    completeLater(ban, evidence, key)
  }

  /** A first stage fired: whoever falls for its key later falls for these lines too. */
  function underAttack(jail: Jail, detection: Detection): void {
    const key = armedKeyOf(jail, detection)
    let found: readonly EvidenceLine[] | null = null
    // Under attack from everywhere it fires again and again, and only the newest is asked for.
    const lines = () => {
      found ??= linesOf(detection.hits)
      return found
    }
    armed.delete(key)
    armed.set(key, lines)
    if (armed.size > MOST_ARMED) armed.delete(armed.keys().next().value!)
    fresh.set(key, { key, place: key, fromMs: 0, savedMs: now(), value: lines })
  }

  return {
    seen,
    lineOf,
    completed,
    get version() {
      return version
    },
    /** What was completed since is to be drained and committed soon. */
    onCompleted(listener: () => void): void {
      onCompleted = listener
    },
    /** An event, before it is judged; its line, if it was one. */
    event(event: SipEvent, read: ReadLine | null): void {
      if (event.ip !== null) seen.note(event, read)
      if (read === null) return
      const { batch, line } = read
      places.note(batch)
      const ring = event.counted ? counted : others
      ring.put(event, batch, line.bytes, line.start, line.end, line.offset)
    },
    decided(decision: Decision, trust: TrustBook): void {
      if (decision.type === 'ban') banned(decision.ban, decision.detection, trust)
      // Whoever is banned fills his windows again and again.
      if (decision.type !== 'skip' || decision.why === 'already-banned') return
      seen.skip(decision)
      const { detection } = decision
      const jail = detection.stage === 1 ? settings.jails.find(({ name }) => name === detection.jail) : undefined
      if (jail?.then) underAttack(jail, detection)
    },
    /** Another node decided it. */
    taken(ban: Ban): void {
      keep(ban, { ban, config: version, window: null, lines: [], arming: [], phones: [], trusted: [], savedMs: now() })
    },
    /** A ban was ended before its time. */
    ended(ban: Ban, liftedMs: number, liftedBy: LiftedBy): void {
      ends.push({ key: banKey(ban), fromMs: ban.fromMs, liftedMs, liftedBy })
    },
    reconfigure(next: Config): void {
      settings = next
      version = configVersion(next)
      classify = null
    },
    drain(): { readonly evidence: readonly EvidenceRow[]; readonly ends: readonly EvidenceEnd[] } {
      const rows = [...fresh.values()].map(({ value, ...row }) => ({ ...row, data: JSON.stringify(value()) }))
      const drained = { evidence: rows, ends }
      fresh.clear()
      ends = []
      return drained
    },
    /** What is being read back is. */
    settled: (): Promise<void> => completing,
  }
}
export type Evidence = ReturnType<typeof createEvidence>

/** What the first stage of a jail with `then:` counted under, as far as an event of the second tells it. */
function armedKeyOf({ name, by }: Jail, { ip, user }: Detection): string {
  return `armed ${name} ${by.map((part) => (part === 'user' ? user : networkOf(ip))).join(' ')}`
}

function windowOf(jail: Jail, { stage, key, sweep }: Detection, { trust }: Pick<Config, 'trust'>): BanEvidence['window'] {
  const { maxretry, findtimeMs, bantimeMs } = stage === 2 && jail.then ? jail.then : jail
  const most = sweep === 'user' ? trust.maxUsers + 1 : sweep === 'port' ? trust.maxPorts + 1 : maxretry
  return { jail, stage, key, maxretry: most, findtimeMs, bantimeMs }
}
