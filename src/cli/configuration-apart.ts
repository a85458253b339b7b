import { getCompileCacheDir } from 'node:module'
import { type ErrorCode, SipguardError } from '../errors.ts'
import { startProcess } from '../packaged.ts'
import type { loadProvenConfig, ProvenConfig } from './configuration.ts'
import { version } from './version.ts'

type Options = Parameters<typeof loadProvenConfig>[0]

export interface ConfigurationCall {
  /** Of the caller: an upgrade may have put another on the disk since it was started. */
  readonly version: string
  readonly options: Options
  readonly files: readonly string[]
}
export type ConfigurationAnswer =
  | { readonly loaded: ProvenConfig }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }

/**
 * loadProvenConfig in a process of its own: what reading, checking and proving take, some 20 MB and more, ends with it, and a daemon need not
 * hold it for weeks. @throws SipguardError as loadProvenConfig does; CONFIG_UNREADABLE where the program on the disk is another version by now
 */
export function loadConfigApart(options: Options, files: readonly string[]): Promise<ProvenConfig> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: getCompileCacheDir() }
    const child = startProcess('cli/configuration-process', {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env,
    })
    child.once('message', (answer: ConfigurationAnswer) => {
      if ('loaded' in answer) resolve(answer.loaded)
      else reject(new SipguardError(answer.error.code, answer.error.message))
    })
    child.once('error', reject)
    // After whatever it has sent.
    child.once('disconnect', () => reject(new Error('the process that reads the configuration ended without an answer')))
    child.send({ version, options: { ...options }, files } satisfies ConfigurationCall)
  })
}
