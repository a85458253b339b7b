import { describe, expect, test } from 'vitest'
import { examplesOf } from '../../src/cli/examples.ts'
import { commandTree, createProgram, parse, words } from '../command-lines.ts'

const COMMANDS = commandTree()

/** What `--help` prints where the terminal is not known, for 80 columns. */
function helpOf(path: string): string {
  let text = ''
  const program = createProgram((part) => {
    text += part
  })
  const argv = [...path.split(' ').filter(Boolean), '--help']
  expect(() => program.parse(argv, { from: 'user' })).toThrow(expect.objectContaining({ code: 'commander.helpDisplayed' }))
  return text
}

describe.each(COMMANDS)('sipguard %s --help', (path, command) => {
  test('ends with examples, each of which the program accepts', () => {
    const lines = examplesOf(command)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(() => parse(words(line)), line).not.toThrow()
    expect(helpOf(path)).toContain(lines.map((line) => `  sipguard ${line}\n`).join(''))
    if (command.commands.length === 0) expect(lines.filter((line) => `${line} `.startsWith(`${path} `))).not.toEqual([])
  })
  test('fits 80 columns', () => {
    expect(
      helpOf(path)
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([])
  })
  test('says what it does and its options in one style', () => {
    const texts = [...(path === '' ? [] : [command.description()]), ...command.options.map(({ description }) => description)]
    for (const text of texts) expect(text).toMatch(/^(?:[^A-Z\s]|DIR\b|Fail2Ban\b)[\s\S]*[^.\s]$/)
    for (const { long, flags } of command.options) {
      expect(long).toMatch(/^--[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(flags).toMatch(/^(?:-[a-zA-Z], )?--[a-z0-9-]+(?: <[a-z]+(?:\.\.\.)?>)?$/)
    }
  })
})

describe('sipguard --help', () => {
  test('has every command on one line, under what one wants to do, and says where to go on', () => {
    const help = helpOf('')
    const listed = [...help.matchAll(/^ {2}([a-z-]+)(?: [<[].*?[>\]])? {2,}\S/gm)].map(([, name]) => name)
    const names = createProgram().commands.map((command) => command.name())
    expect(listed.filter((name) => names.includes(name as string))).toEqual(names)
    expect(help).not.toMatch(/^Commands:$/m)
    expect(help).toMatch(/^Set up, and see that all is well:\n {2}init /m)
    expect(help).toContain("'sipguard COMMAND --help'")
    const wrapped = help.split('\n').filter((line, i, lines) => /^ {15,}\S/.test(line) && /^ {2}[a-z]/.test(lines[i - 1] ?? ''))
    expect(wrapped).toEqual([])
  })
})
