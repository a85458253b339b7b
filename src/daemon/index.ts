import { setTimeout as sleep } from 'node:timers/promises'
import { createApp } from '../api/app.ts'
import type { Control } from '../api/control.ts'
import { createMetrics } from '../api/metrics.ts'
import { listenUnix } from '../api/server.ts'
import type { Config, EnforceBackend } from '../config/types.ts'
import { createFirewall } from '../enforce/index.ts'
import { SipguardError } from '../errors.ts'
import type { Report } from '../report.ts'
import { openState } from '../state/index.ts'
import type { State } from '../state/state.ts'
import { createControl } from './control.ts'
import { createDegraded } from './degraded.ts'
import { firstOffset, longestFindtime } from './first-start.ts'
import { createGuard } from './guard.ts'
import { createIgnoredNames } from './ignored-names.ts'
import { createOwnAddresses } from './own-addresses.ts'
import { createSourceSet } from './source-set.ts'
import { createSourceTroubles } from './source-troubles.ts'
import { createTally } from './tally.ts'

/** Own addresses are read again, what is over is ended, and what failed is tried again, this often. */
const TICK_MS = 1000
/** A daemon that was just killed may take a moment to be gone. */
const LOCK_TRIES = 10
const LOCK_RETRY_MS = 100

export interface DaemonOptions {
  readonly config: Config
  /** Reads the configuration again. @throws SipguardError CONFIG_INVALID: the old one stays */
  readonly reloadConfig: () => Promise<Config> | Config
  /** Rules that are in force without a proof, `filter/rule`, as of the newest configuration; default: none. */
  readonly unproven?: () => readonly string[]
  readonly enforce: EnforceBackend
  readonly stateDir: string
  readonly socket: string
  /** Read files that were never read before from their start. */
  readonly fromStart: boolean
  readonly version: string
  readonly onReport: (report: Report) => void
  /** Also report every classified line. */
  readonly allEvents: boolean
  /** Addresses of a DNS name; default: the machine's resolver. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
}

export interface Daemon {
  readonly control: Control
  /** Takes the configuration anew; a broken one is refused, said aloud, and the old one stays. */
  reload(): Promise<void>
  /** Resolves when everything that was read is committed. Bans stay in the kernel. */
  stop(): Promise<void>
}

type Closer = () => Promise<void> | void

/** Starts all that `watch` is made of. @throws SipguardError STATE_LOCKED, ENFORCE_UNAVAILABLE …: nothing is left half done */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const closers: Closer[] = []
  try {
    return await assemble(options, closers)
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

async function assemble(options: DaemonOptions, closers: Closer[]): Promise<Daemon> {
  const { enforce, stateDir, version, onReport, allEvents, fromStart, resolve } = options
  const now = Date.now
  let config = options.config
  const onNotice = (message: string) => onReport({ type: 'notice', message, atMs: now() })
  const degraded = createDegraded(now, onNotice)
  const metrics = createMetrics({ version })
  const tally = createTally()

  const state = await lockState(stateDir, onNotice)
  closers.push(() => state.close())
  const snapshot = await state.load()
  const firewall = createFirewall(enforce, { never: config.never, now, onNotice })
  closers.push(() => firewall.close())
  const guard = createGuard({ config, state, snapshot, firewall, metrics, tally, degraded, now, onReport, allEvents })
  const { trust } = guard.pipeline

  const onTrust = () => void guard.liftTrusted().catch(() => {}) // the enforcer has told, and tries again
  let own: readonly string[] = []
  const refreshOwn = createOwnAddresses((addresses) => {
    own = addresses
    trust.setSelf([...own, ...config.self])
    onTrust()
  })
  const names = createIgnoredNames({
    state,
    now,
    onNotice,
    ...(resolve && { resolve }),
    onChange(cidrs) {
      trust.setIgnored(cidrs)
      onTrust()
    },
  })
  closers.push(() => names.stop())

  const sources = createSourceSet({
    positions: snapshot.positions,
    fromStart,
    now,
    onNotice,
    startOffset: (_path, size, readTail) => {
      const nowMs = now()
      const timeOf = (bytes: Buffer, start: number, end: number) => guard.pipeline.timeOf(bytes, start, end, nowMs)
      return firstOffset(size, readTail, timeOf, nowMs - longestFindtime(config.jails))
    },
    feed: guard.feed,
  })
  const checkSources = createSourceTroubles({ degraded, tally })
  const control = createControl({
    guard,
    state,
    tally,
    degraded,
    config: () => config,
    unproven: options.unproven ?? (() => []),
    sources: sources.status,
    allowed: snapshot.allow,
    version,
    now,
  })
  refreshOwn()
  await names.set(config.ignoreip)
  await guard.restore()

  metrics.onScrape(() => {
    const active = guard.active()
    const ipv6 = active.filter(({ ip }) => ip.includes(':')).length
    const { keys, evicted } = guard.pipeline.detector.sizes()
    return {
      bansActive: { ipv4: active.length - ipv6, ipv6 },
      tailLagBytes: sources.lagBytes(),
      detectorKeys: keys,
      detectorEvicted: evicted,
    }
  })
  closers.push(async () => {
    await sources.stop()
    await guard.close()
  })
  async function readSources(): Promise<void> {
    for (const { name } of config.jails) metrics.jail(name)
    for (const { file } of config.sources) metrics.source(file)
    await sources.set(config.sources)
    checkSources(sources.status(), config.jails)
  }
  await readSources()

  // Last, so that whoever finds us answering knows that what exists has been opened: what is written now is read.
  const onFault = (error: unknown) =>
    onNotice(`a fault in the API: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  closers.push(await listenUnix(createApp(control, metrics, { onFault }), options.socket))

  let ticking: Promise<void> = Promise.resolve()
  const ticks = setInterval(() => {
    refreshOwn()
    checkSources(sources.status(), config.jails)
    ticking = guard.tick()
  }, TICK_MS)
  closers.push(() => {
    clearInterval(ticks)
    return ticking
  })

  async function reload(): Promise<void> {
    let fresh: Config
    try {
      fresh = await options.reloadConfig()
    } catch (error) {
      degraded.set(
        'config',
        `the configuration was not reloaded, the old one stays: ${(error as Error).message}`,
        'mend it and reload again',
      )
      return
    }
    degraded.clear('config', null)
    const fixed = ({ enforce, never, store }: Config) => JSON.stringify([enforce, never, store])
    if (fixed(fresh) !== fixed(config)) onNotice('enforce:, never: and store: are read at the start only: restart to change them')
    config = fresh
    guard.pipeline.reconfigure(config)
    trust.setSelf([...own, ...config.self])
    await names.set(config.ignoreip)
    await readSources()
    onNotice('the configuration was reloaded')
  }

  // One after the other, and none after the end.
  let work: Promise<void> = Promise.resolve()
  let stopping = false
  return {
    control,
    reload() {
      work = work.then(() => (stopping ? undefined : reload()))
      return work
    },
    stop() {
      stopping = true
      work = work.catch(() => {}).then(() => closeAll(closers))
      return work
    },
  }
}

async function lockState(dir: string, onNotice: (message: string) => void): Promise<State> {
  for (let tries = 1; ; tries++) {
    try {
      return await openState(dir, { onNotice })
    } catch (error) {
      if (!(error instanceof SipguardError) || error.code !== 'STATE_LOCKED' || tries === LOCK_TRIES) throw error
      await sleep(LOCK_RETRY_MS)
    }
  }
}

/** All of them, the last one first; the first error is thrown when all have been tried. */
async function closeAll(closers: Closer[]): Promise<void> {
  const errors: unknown[] = []
  for (const close of closers.splice(0).reverse()) {
    try {
      await close()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
