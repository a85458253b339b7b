import { resolve } from 'node:path'
import { SipguardError } from '../errors.ts'
import { configurationFiles } from '../servers/included.ts'
import { createTree } from '../servers/tree.ts'

/**
 * The text of a server's configuration with all that it includes. What is included and cannot be read counts as empty: the server would do
 * without it too, or not start.
 * @throws SipguardError CONFIG_UNREADABLE for the file itself
 */
export function readServerConfiguration(file: string): string {
  const tree = createTree('/')
  const path = resolve(file)
  const read = (included: string) => {
    try {
      return tree.read(included)
    } catch (error) {
      if (included !== path || !(error instanceof SipguardError)) return null
      throw new SipguardError('CONFIG_UNREADABLE', error.message, { cause: error })
    }
  }
  const files = configurationFiles(path, { read, glob: tree.glob })
  if (files.length === 0) throw new SipguardError('CONFIG_UNREADABLE', `cannot read ${file}: no such file or directory`)
  return files.map(({ text }) => text).join('\n')
}
