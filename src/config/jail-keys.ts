import { formatDuration } from '../duration.ts'
import type { Jail } from './types.ts'

/** Apart from what reads jails, so that a daemon can say them without holding the YAML reader. */

/** The keys of a jail file. */
export function jailKeys({ name: _, findtimeMs, bantimeMs, increment, then, ...same }: Jail) {
  return {
    ...same,
    findtime: formatDuration(findtimeMs),
    bantime: formatDuration(bantimeMs),
    'bantime.increment': increment && { factor: increment.factor, maxtime: formatDuration(increment.maxtimeMs) },
    // biome-ignore lint/suspicious/noThenProperty: see jail-file.ts
    then: then && {
      by: then.by,
      maxretry: then.maxretry,
      findtime: formatDuration(then.findtimeMs),
      bantime: formatDuration(then.bantimeMs),
    },
  }
}

/** A jail as programs are told of it. */
export function jailJson(jail: Jail) {
  const { 'bantime.increment': increment, ...keys } = jailKeys(jail)
  return { name: jail.name, ...keys, increment }
}
