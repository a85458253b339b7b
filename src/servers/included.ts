import { dirname, resolve } from 'node:path'
import type { Tree } from './tree.ts'

/** include_file and import_file of OpenSIPS and Kamailio, #include of Asterisk, X-PRE-PROCESS of FreeSWITCH. */
const INCLUDE =
  /^[ \t]*(?:(?:#!)?(?:include|import)_file\s+"([^"\n]+)"|#(?:try)?include\s+[<"]?([^\s<>"]+)|<X-PRE-PROCESS\s+cmd="include"\s+data="([^"\n]+)")/gim

export interface ConfigurationFile {
  readonly path: string
  readonly text: string
}

/**
 * A server's configuration file and behind it all that it includes, by path or glob relative to the file that says so, each once; empty
 * where it is not there. @throws what `read` throws
 */
export function configurationFiles(file: string, { read, glob }: Pick<Tree, 'read' | 'glob'>): ConfigurationFile[] {
  const files = new Map<string, ConfigurationFile>()
  const take = (path: string) => {
    if (files.has(path)) return
    const text = read(path)
    if (text === null) return
    files.set(path, { path, text })
    for (const [, script, asterisk, freeswitch] of text.matchAll(INCLUDE)) {
      glob(resolve(dirname(path), script ?? asterisk ?? freeswitch ?? '')).forEach(take)
    }
  }
  take(resolve(file))
  return [...files.values()]
}

/** `FILE:LINE:COL` of an offset in a text. */
export function placeOf({ path, text }: ConfigurationFile, index: number): string {
  const before = text.slice(0, index)
  return `${path}:${before.split('\n').length}:${index - before.lastIndexOf('\n')}`
}
