import type { Control } from '../api/control.ts'
import type { Config, EnforceBackend } from '../config/types.ts'
import type { Report } from '../report.ts'
import type { CutOff } from './cut-off.ts'

export interface DaemonOptions {
  readonly config: Config
  /** Reads the configuration again. @throws SipguardError CONFIG_INVALID: the old one stays */
  readonly reloadConfig: () => Promise<Config> | Config
  /** Rules that are in force without a proof, `filter/rule`, as of the newest configuration; default: none. */
  readonly unproven?: () => readonly string[]
  readonly enforce: EnforceBackend
  readonly stateDir: string
  readonly socket: string
  /** Read files that were never read before from their start. */
  readonly fromStart: boolean
  readonly version: string
  readonly onReport: (report: Report) => void
  /** Also report every classified line. */
  readonly allEvents: boolean
  /**
   * Asked before the firewall is opened over a state that never was enforced, if anybody is banned there: false ends the start, and the
   * firewall is not touched. Default: yes.
   */
  readonly confirmFirst?: (cuts: readonly CutOff[]) => Promise<boolean>
  /** Addresses of a DNS name; default: the machine's resolver. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
}

export interface Daemon {
  readonly control: Control
  /** Takes the configuration anew; a broken one is refused, said aloud, and the old one stays. */
  reload(): Promise<void>
  /** Resolves when everything that was read is committed. Bans stay in the kernel. */
  stop(): Promise<void>
}
