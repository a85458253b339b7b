import { Command } from 'commander'
import { vi } from 'vitest'
import type { Verb } from '../../src/cli/verb.ts'
import { SipguardError } from '../../src/errors.ts'

export interface Outcome {
  readonly out: string
  readonly err: string
  /** As main.ts makes it: that of the error, else what the verb set. */
  readonly exitStatus: number
  readonly error: unknown
}

/** Runs a command line as `sipguard` would, with these verbs only. */
export async function runVerbs(verbs: readonly Verb[], ...argv: string[]): Promise<Outcome> {
  const program = new Command('sipguard').exitOverride().configureOutput({ writeErr: () => {} })
  for (const verb of verbs) verb(program)
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  const complain = vi.spyOn(console, 'error').mockImplementation(() => {})
  const before = process.exitCode
  process.exitCode = undefined
  let error: unknown = null
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (thrown) {
    error = thrown
  }
  const own = process.exitCode ?? 0
  process.exitCode = before
  const text = (spy: typeof log) => spy.mock.calls.map(([line]) => `${line}\n`).join('')
  const outcome = {
    out: text(log),
    err: error instanceof SipguardError ? `${text(complain)}${error.message}` : text(complain),
    exitStatus: error instanceof SipguardError ? error.exitStatus : error === null ? Number(own) : 2,
    error,
  }
  log.mockRestore()
  complain.mockRestore()
  return outcome
}
