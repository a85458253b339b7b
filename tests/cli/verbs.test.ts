import { expect, test } from 'vitest'
import { createProgram } from '../../src/cli/main.ts'
import { loadVerbs } from '../../src/cli/verbs/index.ts'
import * as whole from '../command-lines.ts'

/** The commands that the program has where a command line begins with this word. */
async function commandsFor(first: string): Promise<string[]> {
  return createProgram(await loadVerbs(first)).commands.map((command) => command.name())
}

const ALL = whole.createProgram().commands.map((command) => command.name())

test.each(ALL.filter((name) => name !== 'completion'))('a command line that begins with %s needs no other command', async (name) => {
  expect(await commandsFor(name)).toEqual([name])
})

test.each(['completion', 'help', '--help', '--no-pager', 'replya', 'toString', ''])(
  "one that begins with '%s' needs all",
  async (first) => {
    expect(await commandsFor(first)).toEqual(ALL)
  },
)
