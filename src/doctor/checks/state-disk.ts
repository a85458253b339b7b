import type { Check } from '../probe.ts'

const MIB = 1024 * 1024
const TOO_LITTLE = 64 * MIB
/** Below both of these it is time to look. */
const LITTLE = 1024 * MIB
const LITTLE_SHARE = 0.05

/** A full disk stops no ban, but what is decided then is not kept. */
export const stateDisk: Check = {
  id: 'state-disk',
  title: 'the state directory has room',
  run({ stateDir, disk }) {
    const { freeBytes, totalBytes } = disk(stateDir)
    if (freeBytes >= TOO_LITTLE && (freeBytes >= LITTLE || freeBytes >= LITTLE_SHARE * totalBytes)) return []
    return [
      {
        severity: freeBytes < TOO_LITTLE ? ('error' as const) : ('warning' as const),
        place: stateDir,
        text: `${Math.floor(freeBytes / MIB)} MiB are free: when there are none, counters, bans and records are not kept over a restart`,
        remedy: 'make room, or put the state elsewhere (--state, StateDirectory=)',
      },
    ]
  },
}
