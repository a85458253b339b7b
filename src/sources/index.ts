import type { SourceConfig } from '../config/types.ts'
import { createFileSource, type SourceOptions } from './file-source.ts'
import type { Source } from './source.ts'

export type { SourceOptions } from './file-source.ts'
export type { StartOffset } from './kept-file.ts'
export { type ReadLinesOptions, readLines } from './replay-file.ts'
export type { Sink, Source, SourceStatus } from './source.ts'

/** One line for each type of source. */
const SOURCES: { [T in SourceConfig['type']]: (config: Extract<SourceConfig, { type: T }>, options: SourceOptions) => Source } = {
  file: ({ file, filter }, options) => createFileSource({ ...options, file, filter }),
}

/** The source that a configuration's entry describes; nothing is opened before `start`. */
export function createSource(config: SourceConfig, options: SourceOptions): Source {
  return SOURCES[config.type](config, options)
}
