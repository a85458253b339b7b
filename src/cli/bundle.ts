import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleFile } from '../api/control.ts'
import type { Config } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { makeFolder } from '../folder.ts'
import type { Judge } from '../judge.ts'
import type { PhoneRow } from '../kept.ts'

/** A ban with all it takes to decide it again, as `why --export` writes it (docs/why.md). */
export interface Bundle {
  readonly config: string
  readonly lines: string
  /** Whose ban it is: the replay judges by this jail only. */
  readonly jail: string
  readonly filter: string | null
  /** When the lines were read, epoch ms: it dates times without a year. */
  readonly receivedAtMs: number
  readonly offence: { readonly ip: string; readonly nth: number } | null
  readonly phones: readonly PhoneRow[]
}

/** Writes each file anew, readable by its owner only; none that is there is replaced. @throws SipguardError OUTPUT_FAILED */
export function writeBundle(dir: string, files: readonly BundleFile[]): void {
  try {
    makeFolder(dir, 0o700)
    for (const { name, text, encoding } of files) {
      if (!/^\w[\w-]*\.\w+$/.test(name)) throw new SipguardError('OUTPUT_FAILED', `the daemon named a file '${name}'`)
      writeFileSync(join(dir, name), text, { encoding, flag: 'wx', mode: 0o600 })
    }
  } catch (error) {
    if (error instanceof SipguardError) throw error
    throw new SipguardError('OUTPUT_FAILED', `cannot write to ${dir}: ${(error as Error).message}`, { cause: error })
  }
}

/** The bundle in a directory; null: the path is no directory. @throws SipguardError USAGE where it holds none */
export function readBundle(dir: string): Bundle | null {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return null
  try {
    const { format, jail, received_at, filter, offence, phones } = JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8'))
    const receivedAtMs = Date.parse(received_at)
    const isText = (value: unknown) => typeof value === 'string'
    const isPhone = (row: unknown) => isText((row as PhoneRow).ip) && isText((row as PhoneRow).user) && isText((row as PhoneRow).data)
    const isOffence = offence === null || (isText(offence.ip) && Number.isSafeInteger(offence.nth))
    const isWhole = isText(jail) && (filter === null || isText(filter)) && !Number.isNaN(receivedAtMs) && isOffence && phones.every(isPhone)
    if (format !== 1 || !isWhole) throw new Error('state.json is not what this sipguard writes')
    return { config: join(dir, 'config.yaml'), lines: join(dir, 'lines.log'), jail, filter, receivedAtMs, offence, phones }
  } catch (error) {
    throw new SipguardError('USAGE', `${dir} is a directory, and holds no bundle of 'sipguard why --export': ${(error as Error).message}`)
  }
}

/** The configuration with that jail alone. */
export function jailOf({ jail }: Bundle, config: Config): Config {
  return { ...config, jails: config.jails.filter(({ name }) => name === jail) }
}

/** What was known before the first line. */
export function recall({ offence, phones }: Bundle, judge: Judge): void {
  const offences = offence === null ? [] : [{ ...offence, untilMs: 0, forgetMs: null }]
  judge.restore({ counters: [], phones, bans: [], offences })
}
