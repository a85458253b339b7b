import { execFile } from 'node:child_process'
import { forTerminal } from '../escape.ts'

/** What systemd is told of a service of `Type=notify` (sd_notify(3)); says nothing to anybody where it does not ask. */
export interface ServiceManager {
  /** The service is up, or has finished its reload. */
  ready(status: string): void
  reloading(): void
  stopping(): void
  /** Says at half the unit's WatchdogSec= that we are alive, with what `systemctl status` shows. Returns what ends it. */
  keepAlive(status: () => string): () => void
}

type Tell = (assignments: readonly string[]) => void

/**
 * @param env NOTIFY_SOCKET and WATCHDOG_USEC, as systemd sets them
 * @param tell default: systemd-notify(1), for Node has no datagram sockets of AF_UNIX; the unit must have NotifyAccess=all
 */
export function createServiceManager(env: NodeJS.ProcessEnv, tell: Tell = systemdNotify): ServiceManager {
  const say: Tell = env.NOTIFY_SOCKET === undefined ? () => {} : tell
  const status = (text: string) => `STATUS=${forTerminal(text)}`
  const watchdogMs = Number(env.WATCHDOG_USEC ?? 0) / 1000
  return {
    ready: (text) => say(['READY=1', status(text)]),
    // MONOTONIC_USEC= is CLOCK_MONOTONIC, as hrtime is on Linux.
    reloading: () => say(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`]),
    stopping: () => say(['STOPPING=1']),
    keepAlive(text) {
      if (!(watchdogMs > 0)) return () => {}
      const timer = setInterval(() => say(['WATCHDOG=1', status(text())]), watchdogMs / 2)
      return () => clearInterval(timer)
    },
  }
}

/** A message that does not arrive is systemd's to miss: it ends who does not report. */
const systemdNotify: Tell = (assignments) => void execFile('systemd-notify', [...assignments], () => {})
