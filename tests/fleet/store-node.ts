import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/index.ts'
import { type Daemon, startDaemon } from '../../src/daemon/index.ts'
import type { Report } from '../../src/report.ts'
import type { Ban } from '../../src/types.ts'
import { until } from './redis-server.ts'

/** A whole daemon in this process, that enforces nothing, and its log. `store`: of its configuration. */
export async function startStoreNode(store: string) {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-store-'))
  const [log, file] = [join(dir, 'sip.log'), join(dir, 'sipguard.yaml')]
  const [stateDir, copy] = [join(dir, 'state'), join(dir, 'copy')]
  writeFileSync(log, '')
  writeFileSync(file, `sources: [{ file: ${log} }]\nstore: ${store}\n`)
  mkdirSync(stateDir)
  const config = loadConfig(file)
  const reports: Report[] = []
  let lines = 0
  let daemon: Daemon | null = null

  async function start(): Promise<void> {
    daemon = await startDaemon({
      ...{ config, reloadConfig: () => config, enforce: 'none', stateDir, socket: join(dir, 'sipguard.sock'), fromStart: true },
      ...{ version: '1', allEvents: false, onReport: (report) => reports.push(report) },
    })
  }
  async function stop(): Promise<void> {
    await daemon?.stop()
    daemon = null
  }
  const control = () => daemon!.control

  await start()
  return {
    control,
    start,
    stop,
    write(text: string): void {
      lines += text.split('\n').length - 1
      appendFileSync(log, text)
    },
    /** All that was written is read, committed, and counted and decided for all. */
    async settle(): Promise<void> {
      await until(() => {
        const { totals, fleet } = control().status()
        const isShared = fleet === null || (fleet.reachable && fleet.outbox === 0 && fleet.counting.pending === 0)
        return totals.lines === lines && isShared
      }, `${lines} lines to be counted`)
    },
    banned: () =>
      control()
        .bans()
        .map(({ ip }) => ip)
        .sort(),
    /** Bans that began here, since it was first started. */
    reported: (): Ban[] => reports.flatMap((report) => (report.type === 'ban' ? [report.ban] : [])),
    /** Its state as it is now, to go back to. Not while it runs. */
    keepCopy: () => cpSync(stateDir, copy, { recursive: true }),
    goBack(): void {
      rmSync(stateDir, { recursive: true })
      cpSync(copy, stateDir, { recursive: true })
    },
    async close(): Promise<void> {
      await stop()
      rmSync(dir, { recursive: true })
    },
  }
}
export type StoreNode = Awaited<ReturnType<typeof startStoreNode>>
