import type { Probe } from './probe.ts'

/** Where bans go: what the daemon was started with may differ from the configuration. */
export async function backendOf(probe: Probe): Promise<string> {
  return (await probe.status())?.enforcement.backend ?? probe.config.enforce
}
