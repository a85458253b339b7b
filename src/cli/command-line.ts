import type { DaemonOptions } from './client.ts'

/** A command of ours that a person can copy, which finds the same daemon. Not escaped for a terminal. */
export function commandLine(words: readonly string[], { socket, state }: DaemonOptions): string {
  const where = [...(socket === undefined ? [] : ['--socket', socket]), ...(state === undefined ? [] : ['--state', state])]
  return ['sipguard', ...words, ...where].map(shellWord).join(' ')
}

const shellWord = (word: string): string => (/^[\w./:@+-][\w./:@+=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
