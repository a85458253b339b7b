import type { DaemonOptions } from '../client.ts'

/** The daemon that a command line names so far: it knows what may come next. */
export function daemonIn(typed: readonly string[]): DaemonOptions {
  const socket = lastOf('--socket', typed)
  const state = lastOf('--state', typed)
  return { ...(socket !== undefined && { socket }), ...(state !== undefined && { state }) }
}

/** What stands behind an option, where it stands last: `--socket PATH`, `--socket=PATH`. */
function lastOf(option: string, typed: readonly string[]): string | undefined {
  const at = typed.findLastIndex((word) => word === option || word.startsWith(`${option}=`))
  if (at < 0) return undefined
  return typed[at] === option ? typed[at + 1] : typed[at]!.slice(option.length + 1)
}
