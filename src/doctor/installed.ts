import type { PrefixName } from '../config/types.ts'
import { type ConfigurationFile, configurationFiles } from '../servers/included.ts'
import { activeScripts } from '../servers/script.ts'
import { configurationOf } from '../servers/sip-servers.ts'
import type { Probe } from './probe.ts'

/** What is in force of an installed server's script, with all that it includes; empty where it is not installed. */
export function scriptsOf({ tree }: Probe, server: PrefixName): ConfigurationFile[] {
  const path = configurationOf(tree, server)
  return path === null ? [] : activeScripts(configurationFiles(path, tree))
}
