import { SipguardError } from '../errors.ts'
import { forTerminal } from '../escape.ts'

/**
 * Does something for each of the addresses a command was given. All are tried; where one of several fails, its error is printed and the
 * exit status is 1. A single one's error, and that no daemon answers, is thrown.
 */
export async function forEachAddress(addresses: readonly string[], action: (address: string) => Promise<void>): Promise<void> {
  for (const address of addresses) {
    try {
      await action(address)
    } catch (error) {
      if (!(error instanceof SipguardError) || addresses.length === 1 || error.code === 'DAEMON_NOT_RUNNING') throw error
      console.error(forTerminal(`${address}: ${error.message}`))
      process.exitCode = 1
    }
  }
}
