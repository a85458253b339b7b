import type { HepSource } from '../config/types.ts'
import type { SourceOptions } from './file-source.ts'
import { HepFrames } from './hep-frames.ts'
import { createListenerSource, type ListenerSource } from './listener-source.ts'
import { createMessageBatches } from './message-batches.ts'
import { nameOf } from './name.ts'

/** A server that mirrors anything has mirrored something by then: phones keep their NAT open twice a minute. */
const SILENT_AT_FIRST_MS = 60_000
/** A small one may have a quiet time at night. */
const SILENT_MS = 900_000

const REMEDY = 'sipguard emit SERVER --hep (opensips, kamailio, asterisk, freeswitch) prints the lines that switch the mirroring on'

/** Listens for the SIP that servers mirror as HEP: batches of packets, of which nothing has been looked at. */
export function createHepSource(config: HepSource, { now, onNotice }: Pick<SourceOptions, 'now' | 'onNotice'>): ListenerSource {
  const name = nameOf(config)
  const toLine = (packet: Buffer) => ({ line: packet, cut: false })
  const toBatch = createMessageBatches({ name, filter: null, form: 'hep', now, toLine })
  const listener = createListenerSource({ ...config, name, toBatch, newFrames: () => new HepFrames(), onNotice })
  let startedAtMs = now()

  function silenceOf(lastLineAtMs: number | null) {
    const forMs = now() - (lastLineAtMs ?? startedAtMs)
    if (forMs < (lastLineAtMs === null ? SILENT_AT_FIRST_MS : SILENT_MS)) return null
    const what = lastLineAtMs === null ? 'no HEP has come yet' : 'no HEP has come for a quarter of an hour'
    return { what, remedy: REMEDY }
  }

  return {
    ...listener,
    async start(sink) {
      startedAtMs = now()
      await listener.start(sink)
    },
    status: () =>
      listener.status().map((status) => ({ ...status, silence: status.trouble === null ? silenceOf(status.lastLineAtMs) : null })),
  }
}
