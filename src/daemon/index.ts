import { createMetrics } from '../api/metrics.ts'
import { createTokens } from '../api/tokens.ts'
import type { Config } from '../config/types.ts'
import { createFirewall } from '../enforce/index.ts'
import { SipguardError } from '../errors.ts'
import { RecentAddresses } from '../explain/recent-addresses.ts'
import { createGeo } from '../geo.ts'
import { createNotifier } from '../notify/index.ts'
import { vendorOf } from '../oui.ts'
import type { Report } from '../report.ts'
import { nameOf } from '../sources/index.ts'
import { createAbout } from './about.ts'
import { createActivity } from './activity.ts'
import { createAllowList } from './allow-list.ts'
import { createAudit } from './audit.ts'
import { type Closer, closeAll } from './closers.ts'
import { createControl } from './control.ts'
import { cutOffBy } from './cut-off.ts'
import type { Daemon, DaemonOptions } from './daemon.ts'
import { createDegraded } from './degraded.ts'
import { createEvidence } from './evidence.ts'
import { createFeed } from './feed.ts'
import { firstOffset, longestFindtime } from './first-start.ts'
import { changedFixedKeys } from './fixed-keys.ts'
import { createFleetLink } from './fleet-link.ts'
import { readGauges } from './gauges.ts'
import { createGuard } from './guard.ts'
import { createNamed } from './named.ts'
import { openLocked } from './open-locked.ts'
import { createOwnAddresses } from './own-addresses.ts'
import { createReceiver } from './receive.ts'
import { createRecording } from './recording.ts'
import { createRecordsControl } from './records-control.ts'
import { createResolvedList } from './resolved-list.ts'
import { serve } from './serve.ts'
import { sharedDetection } from './shared-detection.ts'
import { createSourceSet } from './source-set.ts'
import { createSourceTroubles } from './source-troubles.ts'
import { createTally } from './tally.ts'
import { warmUp } from './warm-up.ts'
import { createWhy } from './why.ts'

export type { Daemon, DaemonOptions } from './daemon.ts'

/** Own addresses are read again and what is over is ended this often. */
const TICK_MS = 1000
/** What somebody takes out of the firewall is noticed this soon (docs/firewall.md says what a look costs). */
const WATCH_FIREWALL_MS = 500
/** Remembered in the state: when its bans first went to a firewall. */
const ENFORCED = 'enforced'

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
  const { enforce, stateDir, version, allEvents, fromStart, resolve } = options
  const now = Date.now
  let config = options.config
  const feed = createFeed()
  const onReport = (report: Report) => {
    feed.put(report)
    if (report.type !== 'event' || allEvents) options.onReport(report)
  }
  const onNotice = (message: string) => onReport({ type: 'notice', message, atMs: now() })
  const degraded = createDegraded(now, onNotice)
  const metrics = createMetrics({ version })
  const tally = createTally()
  const addresses = new RecentAddresses()
  const activity = createActivity(addresses)

  const state = await openLocked(stateDir, onNotice)
  closers.push(() => state.close())
  const snapshot = await state.load()
  const firewall = createFirewall(enforce, { never: config.never, now, onNotice })
  closers.push(() => firewall.close())
  const fleet = await createFleetLink({
    ...{ store: config.store, state, snapshot, version, now, degraded },
    phoneMs: () => config.trust.phoneMs,
    addresses: () => [...named.get('interfaces'), ...named.get('self')].filter(isOfOneNode),
    enforcement() {
      const active = guard.active()
      return { enforced: active.length, verified: guard.enforcer.countVerified(active) }
    },
    peers: () => named.get('peers'),
    onPublished() {
      named.set('published', fleet.peers())
      void guard.flush()
    },
    receive: (decided) => receive(decided),
    onFull: (fulls) => guard.takeShared(fulls.map(sharedDetection)),
    onPhones: (rows) => guard.pipeline.judge.merge(rows),
    onNodes: (addresses) => named.set('nodes', addresses),
  })
  let phonesCutOff = 0
  const notifier = createNotifier({
    ...{ config: config.notify, stateDir, now, onNotice },
    totals: () => ({ guesses: guard.guesses(), banned: guard.totals.bans, phones: phonesCutOff }),
    onTrouble(channel, reason) {
      if (reason === null) degraded.clear(`notify ${channel}`, `${channel} takes messages again`)
      else
        degraded.set(`notify ${channel}`, `${channel} takes no messages: ${reason}`, 'they wait on disk; try it with: sipguard alert test')
    },
  })
  closers.push(() => notifier.stop())
  degraded.follow(notifier.degraded)
  const recording = createRecording({
    ...{ config, state, stateDir, degraded, now, onNotice },
    onSuspicions(suspicions) {
      for (const suspicion of suspicions) {
        const { ip, atMs } = suspicion
        guard.alert({ ...suspicion, jail: null, key: ip, count: 1, phones: trust.phonesAt(ip, atMs) })
      }
    },
  })
  closers.push(() => recording?.stop())
  const evidence = createEvidence({ state, positions: snapshot.positions, config, now, addresses })
  const guard = createGuard({
    ...{ config, state, snapshot, firewall, metrics, tally, activity, degraded, evidence, fleet, recording, now, onReport },
    onAlert(alert) {
      if (alert.kind === 'phones_cut_off') phonesCutOff += alert.phones.length
      notifier.alert(alert)
    },
  })
  const { trust } = guard.pipeline.judge
  const allowList = createAllowList({ state, trust, entries: snapshot.allow })
  const onTrust = () => void guard.liftTrusted().catch(() => {}) // the enforcer has told, and tries again
  const named = createNamed(trust, onTrust)
  named.set('self', config.self)
  // As this node last knew them: who is a peer is not banned again below.
  named.set('published', fleet.peers())
  const receive = createReceiver({ guard, allowList, onPeers: () => named.set('published', fleet.peers()) })
  const refreshOwn = createOwnAddresses((addresses) => named.set('interfaces', addresses))
  const resolved = (key: 'ignoreip' | 'peers', take: (cidrs: readonly string[]) => void) => {
    const list = createResolvedList({
      ...{ key, state, now, onNotice },
      ...(resolve && { resolve }),
      onChange(cidrs) {
        take(cidrs)
        onTrust()
      },
    })
    closers.push(() => list.stop())
    return list
  }
  const ignored = resolved('ignoreip', trust.setIgnored)
  const peers = resolved('peers', (cidrs) => named.set('peers', cidrs))

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
    startTime: () => now() - longestFindtime(config.jails),
    feed: guard.feed,
  })
  const checkSources = createSourceTroubles({ degraded, tally })
  const geo = createGeo(config.geo, { notice: onNotice, now })
  const recorded = createRecordsControl({
    records: recording?.records ?? null,
    trouble: () => recording?.trouble ?? null,
    ...{ geo, vendorOf, now },
  })
  const audit = createAudit({ state, degraded, now })
  const tokens = createTokens({ state, entries: snapshot.tokens, file: config.http?.tokenfile ?? null, now })
  const control = createControl({
    ...{ tokens, audit, guard, state, tally, activity, feed, geo, degraded, allowList, fleet, recorded, version, now },
    why: createWhy({ guard, evidence, state, config: () => config, allowList, sources: sources.status, tally, now }),
    configVersion: () => evidence.version,
    about: createAbout({ guard, allowList, recorded, geo, now }),
    config: () => config,
    unproven: options.unproven ?? (() => []),
    sources: sources.status,
  })
  warmUp(config, now())
  refreshOwn()
  await Promise.all([ignored.set(config.ignoreip), peers.set(config.peers)])
  const isFirst = enforce !== 'none' && (await state.recall(ENFORCED)) === null
  const confirm = options.confirmFirst ?? (async () => true)
  await guard.restore(async (bans) => {
    if (!isFirst || bans.length === 0) return
    const cuts = bans.map((ban) => cutOffBy(ban, trust, now()))
    if (await confirm(cuts)) return
    throw new SipguardError(
      'ENFORCE_DECLINED',
      'nobody was banned; start without --enforce, allow whoever is yours (sipguard allow add ADDRESS, or ignoreip:), then enforce again',
    )
  })
  // Where it cannot be written, it is asked once more.
  if (isFirst) await state.remember(ENFORCED, new Date(now()).toISOString()).catch(() => {})

  metrics.onScrape(() => readGauges({ guard, sources, degraded, notifier, fleet, now }))
  closers.push(async () => {
    await sources.stop()
    await guard.close()
    await fleet.stop()
  })
  await fleet.start(snapshot)
  async function readSources(): Promise<void> {
    for (const { name } of config.jails) metrics.jail(name)
    for (const source of config.sources) metrics.source(nameOf(source))
    await sources.set(config.sources)
    checkSources(sources.status(), config.jails)
  }
  await readSources()

  // Last, so that whoever finds us answering knows that what exists has been opened: what is written now is read.
  const onOpen = (close: Closer) => closers.push(close)
  const renewCertificate = await serve({ control, metrics, socket: options.socket, http: config.http, onNotice, onOpen })

  const ticks = setInterval(() => {
    refreshOwn()
    checkSources(sources.status(), config.jails)
    guard.tick()
    feed.tick(now())
    named.set('hep', guard.pipeline.hepPeers())
    notifier.tick()
  }, TICK_MS)
  let watching: Promise<void> = Promise.resolve()
  const watch = setInterval(() => {
    watching = guard.watchFirewall()
  }, WATCH_FIREWALL_MS)
  closers.push(() => {
    clearInterval(ticks)
    clearInterval(watch)
    return watching
  })

  const noteReload = (detail: string) => audit.note({ who: 'SIGHUP', from: 'unix', action: 'reload', target: config.path, detail })

  async function reload(): Promise<void> {
    let fresh: Config
    try {
      fresh = await options.reloadConfig()
      await renewCertificate()
    } catch (error) {
      degraded.set(
        'config',
        `the configuration was not reloaded, the old one stays: ${(error as Error).message}`,
        'mend it and reload again',
      )
      await noteReload(`refused: ${(error as Error).message}`)
      return
    }
    degraded.clear('config', null)
    const fixed = changedFixedKeys(config, fresh)
    if (fixed.length > 0) onNotice(`read at the start only, so restart for what has changed: ${fixed.map((key) => `${key}:`).join(', ')}`)
    config = fresh
    guard.pipeline.reconfigure(config)
    evidence.reconfigure(config)
    recording?.reconfigure(config)
    notifier.reconfigure(config.notify)
    named.set('self', config.self)
    await Promise.all([ignored.set(config.ignoreip), peers.set(config.peers)])
    await readSources()
    onNotice('the configuration was reloaded')
    await noteReload('done')
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

/** Loopback and link-local addresses are every node's own. */
function isOfOneNode(address: string): boolean {
  return !/^(?:127\.|169\.254\.|::1(?:\/|$)|fe[89ab][0-9a-f]:)/.test(address)
}
