import { LOCK_NAME } from './enforcer-lock.ts'

/** A transaction or a list of a million elements takes seconds, so it has more time than one line. */
export const PLACING_MS = 60_000

/** How a backend reaches the machine. Everything has a default; only tests set them. */
export interface Machine {
  /** Put before each program, `['ip', 'netns', 'exec', 'NAME']`. Default: nothing. */
  readonly command?: readonly string[]
  /** Name of the abstract socket that only one enforcing process may hold. Default: `sipguard-enforce`. */
  readonly lock?: string
  /** How long one command may stay without an answer. Default: 5,000 ms. */
  readonly answerMs?: number
  /** Elements in one set. Default: 1,048,576. */
  readonly size?: number
}

export function withDefaults(machine: Machine): Required<Machine> {
  return { command: [], lock: LOCK_NAME, answerMs: 5000, size: 1_048_576, ...machine }
}

/**
 * Environment of our tools: sbin is on the path also where the daemon was started by a plain user's shell; messages are English,
 * because we read them; nft -i gets no home to keep its history in.
 */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C', HOME: '/nonexistent' }
}
