import { describe, expect, test } from 'vitest'
import { aBan, aFleet, aReport } from '../api/fake-control.ts'
import { anEventRow, aPhone, aUserRow } from '../api/records-samples.ts'
import { commandTree, createProgram, VERBS } from '../command-lines.ts'
import { objects } from '../sipguard.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

/** Commands without --json, and why. */
const NO_JSON: Readonly<Record<string, string>> = {
  classify: 'prints nothing else',
  completion: 'prints a script, or words a line each',
  init: 'prints a configuration',
  'emit opensips': 'prints a configuration',
  'emit kamailio': 'prints a configuration',
  'emit asterisk': 'prints a configuration',
  'emit freeswitch': 'prints a configuration',
}

const LEAVES = commandTree(createProgram()).filter(([, command]) => command.commands.length === 0)
const optionsOf = (path: string) => LEAVES.find(([each]) => each === path)![1].options.map(({ long }) => long as string)

test('every command takes --json, but for those that say why not', () => {
  const without = LEAVES.filter(([, command]) => !command.options.some(({ long }) => long === '--json')).map(([path]) => path)
  expect(without.sort()).toEqual(Object.keys(NO_JSON).sort())
})

describe('every list takes --csv', () => {
  const running = fakeDaemon()
  const verbs = VERBS.flatMap(([, group]) => group)
  /** Lists, and how many rows the fake daemon has of each; null: as many as the package ships. */
  const LISTS: readonly (readonly [string, number | null])[] = [
    ['bans', 1],
    ['bans --fleet', 1],
    ['status --fleet', 2],
    ['allow list', 1],
    ['token list', 1],
    ['events', 1],
    ['users', 1],
    ['phones list', 1],
    ['phones show 1001', 1],
    ['audit', 1],
    ['filter list', null],
    ['jail list', null],
  ]

  test.each(LISTS)('%s: as many records under the names as --json has objects', async (list, rows) => {
    const { control, stateDir } = running()
    control.active.push(aBan())
    control.ofFleet.push(aBan())
    control.report = aReport({ fleet: aFleet() })
    control.database.events.push(anEventRow())
    control.database.users.push(aUserRow())
    control.database.phones.push(aPhone())
    await control.allow('198.51.100.0/24', { forMs: null, comment: 'a, "b"' } as never)
    await control.tokens.add('laptop', 'admin')
    control.audit.note({ who: 'root', from: 'uid 0', action: 'ban', target: '192.0.2.7', detail: null } as never)
    const daemon = optionsOf(list.replace(/ (?:--fleet|1001)$/, '')).includes('--state') ? ['--state', stateDir] : []
    const run = async (form: string) => {
      const { out, error } = await runVerbs(verbs, ...list.split(' '), form, ...daemon)
      expect(error).toBe(null)
      return out
    }
    const json = objects(await run('--json'))
    const [names = '', ...records] = (await run('--csv')).trimEnd().split('\r\n')
    if (rows !== null) expect(json).toHaveLength(rows)
    expect(json.length).toBeGreaterThan(0)
    expect(records).toHaveLength(json.length)
    for (const name of names.split(',')) expect(Object.keys(json[0]!), name).toContain(name)
  })

  test('--json and --csv exclude each other', async () => {
    expect((await runVerbs(verbs, 'bans', '--json', '--csv')).exitStatus).toBe(2)
  })
})
