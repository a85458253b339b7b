import type { StatusReport } from '../api/control.ts'
import type { Config } from '../config/types.ts'
import type { Tree } from '../servers/tree.ts'

export const SEVERITIES = ['error', 'warning', 'note'] as const
/** `error`: attacks are missed or the innocent are hit; `warning`: that may come; `note`: good to know, nothing is wrong. */
export type Severity = (typeof SEVERITIES)[number]

export interface Finding {
  readonly severity: Severity
  /** `FILE:LINE:COL` where there is such a place, else what it is about. */
  readonly place: string
  readonly text: string
  readonly remedy: string
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** All that a check may see of the machine. Nothing of it changes anything. */
export interface Probe {
  readonly tree: Tree
  readonly config: Config
  /** The daemon's state directory. */
  readonly stateDir: string
  /** What the running daemon says; null where none answers. @throws SipguardError DAEMON_REFUSED */
  status(): Promise<StatusReport | null>
  /** Runs a program to its end, in English. @throws Unchecked when there is no such program, or it does not end */
  run(argv: readonly [string, ...string[]]): Promise<Ran>
  /** What a Redis of the configuration answers to `INFO memory`. @throws SipguardError STORE_UNREACHABLE */
  redisMemory(urls: readonly string[]): Promise<string>
  /** Of the file system that a path is on. */
  disk(path: string): { readonly freeBytes: number; readonly totalBytes: number }
}

/** A check could not look, and why: said, and no finding. */
export class Unchecked extends Error {}

/** One thing that may be wrong. To add one: a file beside the others, and a line in checks/index.ts. */
export interface Check {
  readonly id: string
  /** What is looked at, in a few words. */
  readonly title: string
  /** @throws Unchecked, or a SipguardError, when it cannot look */
  run(probe: Probe): Promise<readonly Finding[]> | readonly Finding[]
}
