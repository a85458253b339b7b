import type { Command } from 'commander'

/** Adds one command to the program. Heavy modules are imported inside its action, so that every other command starts fast. */
export type Verb = (program: Command) => void
