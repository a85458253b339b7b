import { resolve } from 'node:path'
import { SipguardError } from '../errors.ts'
import { loadProvenConfig, STDIN } from './configuration.ts'
import type { ConfigurationAnswer, ConfigurationCall } from './configuration-apart.ts'
import { version } from './version.ts'

/** The process that `loadConfigApart` starts: answers its one call, and ends. */

// Who started us was told as well, and decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

process.once('message', async (call: ConfigurationCall) => {
  // Who asked may have been killed since: then nobody needs to know.
  process.send!(await answer(call), undefined, undefined, () => process.connected && process.disconnect?.())
})

async function answer(call: ConfigurationCall): Promise<ConfigurationAnswer> {
  try {
    if (call.version !== version) {
      throw new SipguardError('CONFIG_UNREADABLE', `sipguard ${call.version} runs, and ${version} was installed since: restart it`)
    }
    const paths = call.files.map((file) => (file === STDIN ? file : resolve(file)))
    return { loaded: await loadProvenConfig(call.options, paths) }
  } catch (error) {
    if (!(error instanceof SipguardError)) throw error
    return { error: { code: error.code, message: error.message } }
  }
}
