import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createConfinement } from '../../src/notify/confinement.ts'
import { createExec } from '../../src/notify/exec.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { HOSTILE, messageOf, never } from './samples.ts'
import { soon } from './soon.ts'

const newDirectory = temporaryDirectories()

/** A channel that runs this script of sh with `dir` as its argument. */
function scriptIn(dir: string, script: string, limitMs?: number) {
  const file = join(dir, 'page')
  writeFileSync(file, `#!/bin/sh\ncd "$1" || exit 9\n${script}\n`)
  chmodSync(file, 0o755)
  return createExec('exec-1', { type: 'exec', severities: ['critical'], argv: [file, dir, 'an argument'] }, 'pbx', limitMs)
}

describe('a program', () => {
  test('gets the message as one line of JSON, its arguments, and no environment but PATH', async () => {
    const dir = newDirectory()
    const channel = scriptIn(dir, 'cat > input; printf "%s\\n" "$@" > arguments; tr "\\0" "\\n" < /proc/$$/environ > environment')
    expect(await channel.send(messageOf(), never)).toEqual({ outcome: 'taken', detail: 'exit status 0' })
    const read = (name: string) => readFileSync(join(dir, name), 'utf8')
    expect(read('input')).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(read('input'))).toMatchObject({ id: 'an-id', host: 'pbx', severity: 'warning', counts: { jail_full: 1 } })
    expect(read('arguments')).toBe(`${dir}\nan argument\n`)
    expect(read('environment')).toBe(`PATH=${process.env.PATH}\n`)
  })

  test('that fails is tried again, and what it says is told, on one line', async () => {
    const channel = scriptIn(newDirectory(), 'printf "no\\033[2J dial tone\\nat all\\n" >&2; exit 3')
    expect(await channel.send(messageOf(), never)).toEqual({
      outcome: 'failed',
      detail: 'exit status 3: no\\x1b[2J dial tone\\x0aat all',
    })
    const missing = createExec('exec-1', { type: 'exec', severities: [], argv: ['/nonexistent/page'] }, 'pbx')
    expect((await missing.send(messageOf(), never)).outcome).toBe('failed')
  })

  test('that reads nothing and leaves something behind is no trouble', async () => {
    const channel = scriptIn(newDirectory(), 'sleep 30 & echo $! > sleeper')
    const big = messageOf({ text: 'x'.repeat(1_000_000) })
    expect((await channel.send(big, never)).outcome).toBe('taken')
    process.kill(Number(readFileSync(join(channel.place.split(' ')[0]!, '../sleeper'), 'utf8')))
  })

  test('that hangs is killed with all that it started', async () => {
    const dir = newDirectory()
    const channel = scriptIn(dir, 'sleep 60 & echo $! > sleeper; mv sleeper child; wait', 1500)
    expect(await channel.send(messageOf(), never)).toEqual({ outcome: 'failed', detail: 'did not end within 1.5 s' })
    const child = Number(readFileSync(join(dir, 'child'), 'utf8'))
    // A zombie, where nobody reaps it, is dead too.
    const state = () => (existsSync(`/proc/${child}/stat`) ? readFileSync(`/proc/${child}/stat`, 'utf8').split(' ')[2] : 'gone')
    await soon(() => expect(['gone', 'Z']).toContain(state()))
  })

  test('is killed when the daemon stops', async () => {
    const abort = new AbortController()
    const answer = scriptIn(newDirectory(), 'sleep 60').send(messageOf(), abort.signal)
    abort.abort()
    expect((await answer).outcome).toBe('failed')
  })

  test.each(HOSTILE)('is not steered by what an attacker writes: %#', async (text) => {
    const dir = newDirectory()
    expect((await scriptIn(dir, 'cat > input').send(messageOf({ text }), never)).outcome).toBe('taken')
    const input = readFileSync(join(dir, 'input'), 'utf8')
    expect(input).toMatch(/^[^\0-\x1f\x7f-\x9f\u202e\u2028]+\n$/)
    expect(JSON.parse(input)).toMatchObject({ text })
  })
})

describe.skipIf(needs('root', 'setpriv'))('with capabilities of ours', () => {
  test('a program has none, and cannot gain any', async () => {
    const dir = newDirectory()
    expect((await scriptIn(dir, 'grep ^Cap /proc/$$/status > capabilities').send(messageOf(), never)).outcome).toBe('taken')
    const sets = readFileSync(join(dir, 'capabilities'), 'utf8').matchAll(/^(Cap\w+):\t(\w+)$/gm)
    expect(Object.fromEntries([...sets].map(([, name, set]) => [name, set]))).toEqual({
      ...{ CapInh: '0000000000000000', CapPrm: '0000000000000000', CapEff: '0000000000000000' },
      ...{ CapBnd: '0000000000000000', CapAmb: '0000000000000000' },
    })
  })
})

describe('how a program is confined', () => {
  const status = (sets: Record<string, string>) =>
    ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t${sets[name] ?? '0000000000000000'}`).join('\n')
  const NET_ADMIN = '0000000000001000'

  test('without capabilities there is nothing to drop', () => {
    expect(createConfinement(status({}), '/usr/bin/setpriv', false)).toEqual({ prefix: [], lacks: null })
    expect(createConfinement('', null, false)).toEqual({ prefix: [], lacks: null })
  })
  test('a user with an ambient capability hands it to nobody', () => {
    const sets = status({ CapInh: NET_ADMIN, CapPrm: NET_ADMIN, CapEff: NET_ADMIN, CapBnd: NET_ADMIN, CapAmb: NET_ADMIN })
    expect(createConfinement(sets, '/usr/bin/setpriv', false)).toEqual({
      prefix: ['/usr/bin/setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--'],
      lacks: null,
    })
  })
  test('what cannot be dropped is said', () => {
    const sets = status({ CapPrm: NET_ADMIN, CapEff: NET_ADMIN, CapBnd: NET_ADMIN })
    expect(createConfinement(sets, '/usr/bin/setpriv', true).lacks).toBe(
      "with the daemon's capabilities: root without CAP_SETPCAP cannot drop them",
    )
    expect(createConfinement(sets, null, true)).toEqual({
      prefix: [],
      lacks: "with the daemon's capabilities: setpriv of util-linux is not there",
    })
  })
})
