import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/cli/client.ts'
import { daemonIn } from '../../src/cli/completion/daemon-in.ts'
import { KNOWN_WORDS, knownWords } from '../../src/cli/completion/known.ts'
import { LIVE } from '../../src/cli/completion/model.ts'
import { aBan, prefixBan } from '../api/fake-control.ts'
import { aPhone, aUserRow } from '../api/records-samples.ts'
import { commandTree } from '../command-lines.ts'
import { watch } from '../daemon/watching.ts'
import { needs } from '../require.ts'
import { bin, finish, sipguard } from '../sipguard.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { inTerminal, type Keystroke } from './terminal.ts'

/** Completion in the shells themselves, of what a daemon knows. */

const running = fakeDaemon()
let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-shells-'))
  const program = join(dir, 'sipguard')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
  chmodSync(program, 0o755)
  for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(dir, shell), (await sipguard(['completion', shell])).out)
  writeFileSync(join(dir, 'bashrc'), `source '${dir}/bash'\nPS1='ready> '\nbind 'set enable-bracketed-paste off'\n`)
  writeFileSync(
    join(dir, '.zshrc'),
    `autoload -Uz compinit\ncompinit -u -D\nsource '${dir}/zsh'\nPS1='ready> '\nunsetopt zle_bracketed_paste 2>/dev/null\n`,
  )
})
afterAll(() => rmSync(dir, { recursive: true }))

const environment = (stateDir: string) => ({
  ...{ PATH: `${dir}:${process.env.PATH}`, HOME: dir, ZDOTDIR: dir, HISTFILE: undefined, LANG: 'C.UTF-8' },
  STATE_DIRECTORY: stateDir,
})

/** What attackers call themselves. */
function fill(): void {
  const { active, database } = running().control
  active.push(aBan(), prefixBan())
  const names = [`$(touch ${dir}/owned)`, `\`touch ${dir}/owned\``, `';touch ${dir}/owned;'`, '\x1b[2J', 'a\nb', '--all', '"', '日本']
  database.users.push(aUserRow(), ...names.map((user) => aUserRow({ user })))
  database.phones.push(aPhone(), ...names.map((extension) => aPhone({ extension, mac: null })))
}
const owned = () => existsSync(join(dir, 'owned'))

describe('the words that a daemon knows', () => {
  test.each([
    ['banned', ['192.0.2.7', '2001:db8::7']],
    ['users', ['1001@example.com']],
    ['user-names', ['1001']],
    ['domains', ['example.com']],
    ['extensions', ['1001']],
    ['macs', ['001565123456']],
    ['phone-addresses', ['192.0.2.7']],
    ['jails', ['sip-auth']],
    ['filters', ['asterisk', 'freeswitch', 'kamailio', 'opensips']],
    ['allowed', ['198.51.100.0/24']],
    ['tokens', ['laptop']],
  ] as const)('%s: each once, and nothing that a shell takes for more than a word', async (kind, words) => {
    fill()
    const { control, socket } = running()
    await control.tokens.add('laptop', 'admin')
    const client = createClient({ socket })
    await client.call('POST', '/api/allow', { cidr: '198.51.100.0/24' })
    expect(await knownWords(kind, client)).toEqual(words)
  })
  test.each([
    [['unban', '--socket', '/a/sock'], { socket: '/a/sock' }],
    [['unban', '--socket=/a/sock', '--state', '/b', '192.0.2.7'], { socket: '/a/sock', state: '/b' }],
    [['--state', '/a', 'bans', '--state=/b'], { state: '/b' }],
    [['unban', '--state'], {}],
    [[], {}],
  ])('of %j are those of the daemon that the line names', (typed, options) => {
    expect(daemonIn(typed)).toEqual(options)
  })
  test('are asked for behind commands and options that there are', () => {
    const places = commandTree().flatMap(([path, command]) => [path, ...command.options.map(({ long }) => `${path} ${long}`)])
    expect(Object.keys(LIVE).filter((place) => !places.includes(place))).toEqual([])
    expect(new Set(Object.values(LIVE).flat())).toEqual(new Set(KNOWN_WORDS))
  })
})

/** What is typed up to Tab, and what the shell then adds. */
const TYPED: readonly (readonly [string, string])[] = [
  ['sipguard unb', 'an '],
  ['sipguard unban 2001:d', 'b8::7 '],
  ['sipguard why 192', '.0.2.7 '],
  ['sipguard status 1001', '@example.com '],
  ['sipguard ban --jail sip-a', 'uth '],
  ['sipguard ban --jail=sip-a', 'uth '],
  ['sipguard phones sh', 'ow '],
  ['sipguard filter test open', 'sips '],
  ['sipguard events --kind fl', 'ood '],
]
const KILL_LINE = '\x15'

describe.each([
  ['bash', (rc: string) => ['bash', '--noprofile', '--rcfile', join(rc, 'bashrc'), '-i']],
  ['zsh', () => ['zsh', '-i']],
] as const)('%s, interactive', (shell, argv) => {
  test.skipIf(needs(shell, 'python3'))('completes at Tab, and runs nothing of what it is told', async () => {
    fill()
    const typing: Keystroke[] = TYPED.map(([typed], i) => ({
      after: i === 0 ? 'ready> ' : `${TYPED[i - 1]![0].split(' ').at(-1)}${TYPED[i - 1]![1].trimEnd()}`,
      type: `${i === 0 ? '' : KILL_LINE}${typed}\t`,
    }))
    const last = TYPED.at(-1)!
    typing.push({ after: `${last[0].split(' ').at(-1)}${last[1].trimEnd()}`, type: `${KILL_LINE}sipguard status \t\t` })
    typing.push({ after: '2001:db8::7', type: `${KILL_LINE}exit\r` })
    const { err, out } = await inTerminal(argv(dir), { columns: 200, env: environment(running().stateDir), typing })
    expect(err).toBe('')
    for (const [typed, added] of TYPED) expect(out).toContain(`${typed}${added.trimEnd()}`)
    expect(owned()).toBe(false)
  })

  test.skipIf(needs(shell, 'python3'))('asks the daemon that the line names', async () => {
    fill()
    const { stateDir, socket } = running()
    const typing: Keystroke[] = [
      { after: 'ready> ', type: `sipguard unban --state ${stateDir} 2001\t` },
      { after: '2001:db8::7', type: `${KILL_LINE}sipguard why --socket=${socket} 192\t` },
      { after: '192.0.2.7', type: `${KILL_LINE}exit\r` },
    ]
    const { err, out } = await inTerminal(argv(dir), { columns: 200, env: environment(dir), typing })
    expect([err, out]).toEqual(['', expect.stringContaining('192.0.2.7')])
  })
})

describe.skipIf(needs('fish'))('fish', () => {
  async function offers(stateDir: string, line: string): Promise<string[]> {
    const argv = ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', join(dir, 'fish'), line]
    const { out, err } = await finish(
      spawn('fish', argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment(stateDir) } }),
    )
    expect(err).toBe('')
    return out
      .split('\n')
      .flatMap((row) => (row === '' ? [] : [row.split('\t')[0] as string]))
      .sort()
  }

  test('offers what the daemon knows, and runs nothing of what it is told', async () => {
    fill()
    const { stateDir } = running()
    expect(await offers(stateDir, 'sipguard unban ')).toEqual(['192.0.2.7', '2001:db8::7'])
    expect(await offers(stateDir, 'sipguard ban --jail=')).toEqual(['--jail=sip-auth'])
    expect(await offers(stateDir, 'sipguard status ')).toEqual(['1001@example.com', '192.0.2.7', '2001:db8::7'])
    expect(owned()).toBe(false)
  })
  test('asks the daemon that the line names', async () => {
    fill()
    const { stateDir, socket } = running()
    expect(await offers(dir, `sipguard unban --state ${stateDir} `)).toEqual(['192.0.2.7', '2001:db8::7'])
    expect(await offers(dir, `sipguard unban --socket=${socket} 2001`)).toEqual(['2001:db8::7'])
  })
  test('offers what a real daemon has banned; without one nothing, and no complaint', async () => {
    const state = mkdtempSync(join(dir, 'state-'))
    const log = join(state, 'sip.log')
    writeFileSync(log, '')
    const daemon = await watch([log], { state })
    await daemon.call('POST', '/api/bans', { ip: '192.0.2.77' })
    expect(await offers(state, 'sipguard unban ')).toEqual(['192.0.2.77'])
    expect(await offers(state, 'sipguard ban --jail sip-en')).toEqual(['sip-enum'])
    await daemon.end('SIGTERM')
    expect((await offers(state, 'sipguard unban ')).filter((word) => word.includes('192.'))).toEqual([])
  })
})
