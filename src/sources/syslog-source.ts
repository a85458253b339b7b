import type { SyslogSource } from '../config/types.ts'
import type { SourceOptions } from './file-source.ts'
import { createListenerSource, type ListenerSource } from './listener-source.ts'
import { createMessageBatches } from './message-batches.ts'
import { nameOf } from './name.ts'
import { toOneLine } from './one-line.ts'
import { SyslogFrames } from './syslog-frames.ts'

/** Listens for syslog; RFC 3164 and 5424, which the classifier tells apart. */
export function createSyslogSource(config: SyslogSource, { now, onNotice }: Pick<SourceOptions, 'now' | 'onNotice'>): ListenerSource {
  const name = nameOf(config)
  const toBatch = createMessageBatches({ name, filter: config.filter, form: 'text', now, toLine: toOneLine })
  return createListenerSource({ ...config, name, toBatch, newFrames: () => new SyslogFrames(), onNotice })
}
