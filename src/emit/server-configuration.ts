import { globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SipguardError } from '../errors.ts'

/** include_file and import_file of OpenSIPS and Kamailio, #include of Asterisk, X-PRE-PROCESS of FreeSWITCH. */
const INCLUDE =
  /^[ \t]*(?:(?:#!)?(?:include|import)_file\s+"([^"\n]+)"|#(?:try)?include\s+[<"]?([^\s<>"]+)|<X-PRE-PROCESS\s+cmd="include"\s+data="([^"\n]+)")/gim

/**
 * The text of a server's configuration with all that it includes, by path or glob relative to the file that says so. What is included
 * and cannot be read counts as empty: the server would do without it too, or not start.
 * @throws SipguardError CONFIG_UNREADABLE for the file itself
 */
export function readServerConfiguration(file: string): string {
  const seen = new Set<string>()
  const texts: string[] = []
  const read = (path: string, optional: boolean) => {
    if (seen.has(path)) return
    seen.add(path)
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (optional) return
      throw new SipguardError('CONFIG_UNREADABLE', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`, { cause: error })
    }
    texts.push(text)
    for (const [, script, asterisk, freeswitch] of text.matchAll(INCLUDE)) {
      const pattern = resolve(dirname(path), script ?? asterisk ?? freeswitch ?? '')
      for (const included of globSync(pattern).sort()) read(included, true)
    }
  }
  read(resolve(file), false)
  return texts.join('\n')
}
