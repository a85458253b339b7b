import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { allow } from '../../src/cli/verbs/allow.ts'
import { ban } from '../../src/cli/verbs/ban.ts'
import { bans } from '../../src/cli/verbs/bans.ts'
import { completion } from '../../src/cli/verbs/completion.ts'
import { phones } from '../../src/cli/verbs/phones.ts'
import { status } from '../../src/cli/verbs/status.ts'
import { unban } from '../../src/cli/verbs/unban.ts'
import { why } from '../../src/cli/verbs/why.ts'
import { needs } from '../require.ts'
import { runVerbs } from './run-verbs.ts'

/** A command with what ours do not have: values to choose from, and a description that a shell could stumble over. */
const watch = (program: Command) => {
  program
    .command('watch')
    .description("follow $(logs) of 'all' \\ `kinds`")
    .addOption(new Option('--enforce <backend>', 'where').choices(['none', 'nftables', 'iptables']))
}
const scriptFor = async (shell: string) =>
  (await runVerbs([watch, status, bans, why, ban, unban, allow, phones, completion], 'completion', shell)).out

let dir: string
/** What a daemon that lies might have a shell run. */
const hostile = () => [`$(touch ${dir}/owned)`, `\`touch ${dir}/owned\``, `x;touch ${dir}/owned`, "'", '"', '$HOME', '*', '\\']
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-completion-'))
  const answers = {
    banned: ['192.0.2.7', '2001:db8::7', ...hostile()],
    users: ['1001@example.com', ...hostile()],
    jails: ['sip-auth', 'sip-knock'],
    extensions: ['1001', '1002'],
    macs: ['001565123456'],
  }
  const cases = Object.entries(answers).map(([kind, words]) => `${kind}) cat <<'END'\n${words.join('\n')}\nEND\n;;`)
  const fake = join(dir, 'sipguard')
  writeFileSync(fake, `#!/bin/sh\ncase "$4" in\n${cases.join('\n')}\nesac\n`)
  chmodSync(fake, 0o755)
})
afterEach(() => expect(existsSync(join(dir, 'owned'))).toBe(false))
afterAll(() => rmSync(dir, { recursive: true }))

describe('bash', () => {
  /** What bash offers for a line with the cursor at its end, as readline asks. */
  async function offers(line: string, breaks = ' :='): Promise<string[]> {
    const driver = `
source "$1"
COMP_LINE="$2" COMP_POINT=\${#2} COMP_WORDBREAKS="$3"
_sipguard
(( \${#COMPREPLY[@]} )) && printf '%s\\n' "\${COMPREPLY[@]}"
exit 0`
    const file = join(dir, 'completion.bash')
    writeFileSync(file, await scriptFor('bash'))
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', driver, 'bash', file, line, breaks], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${dir}:${process.env.PATH}` },
    })
    expect(stderr).toBe('')
    return stdout.split('\n').filter((word) => word !== '')
  }

  test('the script is valid', async () => {
    expect(spawnSync('bash', ['-n'], { input: await scriptFor('bash'), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })
  test.each([
    ['sipguard ', ['watch', 'status', 'bans', 'why', 'ban', 'unban', 'allow', 'phones', 'completion', 'help']],
    ['sipguard ba', ['bans', 'ban']],
    ['sipguard allow ', ['list', 'add', 'rm', 'check', 'help']],
    ['sipguard allow c', ['check']],
    ['sipguard allow add --c', ['--comment']],
    ['sipguard bans --', ['--socket', '--state', '--json', '--csv', '--fleet', '--help']],
    ['sipguard completion ', ['bash', 'zsh', 'fish']],
    ['sipguard watch --enforce n', ['none', 'nftables']],
    ['sipguard watch --enforce=n', ['none', 'nftables']],
    ['sipguard ban --jail ', ['sip-auth', 'sip-knock']],
    ['sipguard ban --jail=sip-k', ['sip-knock']],
    ['sipguard ban --for ', []],
    ['sipguard nonsense', []],
  ])('%j offers %j', async (line, words) => {
    expect(await offers(line)).toEqual(words)
  })
  test('unban, why, status and phones offer what the daemon knows, and nothing of it is run', async () => {
    expect(await offers('sipguard unban ')).toEqual(['192.0.2.7', '2001:db8::7', ...hostile()])
    expect(await offers('sipguard why 192')).toEqual(['192.0.2.7'])
    expect(await offers('sipguard status 1')).toEqual(['192.0.2.7', '1001@example.com'])
    expect(await offers('sipguard phones show ')).toEqual(['1001', '1002'])
    expect(await offers('sipguard phones move ')).toEqual(['001565123456'])
  })
  test('an IPv6 address is completed after its colons, as readline counts them', async () => {
    expect(await offers('sipguard unban 2001:d')).toEqual(['db8::7'])
    expect(await offers('sipguard unban 2001:db8::')).toEqual(['7'])
    expect(await offers('sipguard unban 2001:d', ' =')).toEqual(['2001:db8::7'])
  })
})

describe.skipIf(needs('zsh'))('zsh', () => {
  test('the script is valid', async () => {
    expect(spawnSync('zsh', ['-n'], { input: await scriptFor('zsh'), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })
})

describe.skipIf(needs('fish'))('fish', () => {
  async function offers(line: string): Promise<string[]> {
    const file = join(dir, 'completion.fish')
    writeFileSync(file, await scriptFor('fish'))
    const { stdout, stderr } = spawnSync('env', ['fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', file, line], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${dir}:${process.env.PATH}`, HOME: dir },
    })
    expect(stderr).toBe('')
    return stdout.split('\n').flatMap((row) => (row === '' ? [] : [row.split('\t')[0] as string]))
  }
  test('commands, options and banned addresses are offered', async () => {
    expect(await offers('sipguard allow c')).toEqual(['check'])
    expect(await offers('sipguard allow add --c')).toEqual(['--comment'])
    expect(await offers('sipguard watch --enforce n')).toEqual(['nftables', 'none'])
    expect(await offers('sipguard unban 2001:d')).toEqual(['2001:db8::7'])
    expect(await offers('sipguard status 1')).toEqual(['1001@example.com', '192.0.2.7'])
    expect(await offers('sipguard phones show ')).toEqual(['1001', '1002'])
    expect(await offers('sipguard phones move ')).toEqual(['001565123456'])
  })
})

test('an unknown shell is a usage error', async () => {
  expect((await runVerbs([completion], 'completion', 'tcsh')).exitStatus).toBe(2)
})

test('every command and every long option is in every script', async () => {
  const program = new Command()
  for (const verb of [status, bans, ban, unban, allow, phones, completion]) verb(program)
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptFor(shell)
    const walk = (command: Command) => {
      for (const child of command.commands) {
        expect(script).toMatch(new RegExp(`\\b${child.name()}\\b`))
        for (const option of child.options) expect(script).toMatch(new RegExp(`(?:--|-l )${option.long?.slice(2)}\\b`))
        walk(child)
      }
    }
    walk(program)
  }
})
