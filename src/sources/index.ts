import type { SourceConfig } from '../config/types.ts'
import { createDockerSource } from './docker-source.ts'
import { createFileSource, type SourceOptions } from './file-source.ts'
import { createHepSource } from './hep-source.ts'
import { createJournalSource } from './journal-source.ts'
import type { Source } from './source.ts'
import { createStdinSource } from './stdin-source.ts'
import { createSyslogSource } from './syslog-source.ts'

export { discover } from './discover.ts'
export { pathOfStream, type SourceOptions } from './file-source.ts'
export type { StartOffset } from './kept-file.ts'
export { nameOf } from './name.ts'
export { generationOfMark, readBack } from './read-back.ts'
export { isMissing } from './reason.ts'
export { type ReadLinesOptions, readLines } from './replay-file.ts'
export { partsOf, sealedSince } from './rotation.ts'
export type { Sink, Source, SourceStatus } from './source.ts'

/** One line for each type of source. */
const SOURCES: { [T in SourceConfig['type']]: (config: Extract<SourceConfig, { type: T }>, options: SourceOptions) => Source } = {
  file: ({ file, filter }, options) => createFileSource({ ...options, file, filter }),
  journal: createJournalSource,
  stdin: ({ filter }, options) => createStdinSource({ ...options, filter }),
  syslog: createSyslogSource,
  hep: createHepSource,
  docker: createDockerSource,
}

/** The source that a configuration's entry describes; nothing is opened before `start`. */
export function createSource<Config extends SourceConfig>(config: Config, options: SourceOptions): Source {
  return (SOURCES[config.type] as (config: Config, options: SourceOptions) => Source)(config, options)
}
