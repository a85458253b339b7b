import { describe, expect, test } from 'vitest'
import { audit } from '../../src/cli/verbs/audit.ts'
import { ban } from '../../src/cli/verbs/ban.ts'
import { token } from '../../src/cli/verbs/token.ts'
import { HOSTILE } from '../api/records-samples.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

const running = fakeDaemon()
const run = (...argv: string[]) => runVerbs([token, audit, ban], ...argv, '--state', running().stateDir)

describe('token', () => {
  test('add prints the token alone, which is known from then on', async () => {
    const { out, err } = await run('token', 'add', 'laptop')
    expect(out).toMatch(/^[A-Za-z0-9_-]{43}\n$/)
    expect(err).toBe('keep it: it is not shown again\n')
    expect(running().control.tokens.find(out.trim())).toMatchObject({ name: 'laptop', role: 'admin' })
  })
  test('add --read-only makes one of a reader', async () => {
    const { out } = await run('token', 'add', 'grafana', '--read-only', '--json')
    expect(JSON.parse(out)).toEqual({ name: 'grafana', role: 'reader', token: expect.any(String) })
    expect(running().control.tokens.find(JSON.parse(out).token)?.role).toBe('reader')
  })
  test.each(['socket', 'tokenfile:1', 'a b', '-x', '', 'a/b', 'x'.repeat(65)])('add refuses the name %j', async (name) => {
    const { exitStatus, out } = await runVerbs([token], 'token', 'add', '--state', running().stateDir, '--', name)
    expect([exitStatus, out]).toEqual([2, ''])
    expect(running().control.tokens.list()).toEqual([])
  })
  test('add refuses a name that is taken', async () => {
    await run('token', 'add', 'laptop')
    expect(await run('token', 'add', 'laptop')).toMatchObject({ err: "there is a token 'laptop' already: remove it first", exitStatus: 1 })
  })
  test('list is a table for people, and never has a token', async () => {
    expect((await run('token', 'list')).out).toBe('there is no token: sipguard token add NAME\n')
    const made = await running().control.tokens.add('laptop', 'admin')
    await running().control.tokens.add('grafana', 'reader')
    expect((await run('token', 'list')).out).toBe(
      ['name     role    added', 'grafana  reader  2026-01-15 10:30:45', 'laptop   admin   2026-01-15 10:30:45', ''].join('\n'),
    )
    const { out } = await run('token', 'list', '--json')
    expect(out.split('\n')[1]).toBe('{"name":"laptop","role":"admin","added":"2026-01-15T10:30:45.000Z"}')
    expect(out).not.toContain(made)
  })
  test('rm has it refused; one that is not there is reported', async () => {
    const made = await running().control.tokens.add('laptop', 'admin')
    expect((await run('token', 'rm', 'laptop')).out).toBe('removed laptop\n')
    expect(running().control.tokens.find(made)).toBeNull()
    expect(await run('token', 'rm', 'laptop')).toMatchObject({ err: "there is no token 'laptop'", exitStatus: 1 })
    await running().control.tokens.add('desktop', 'reader')
    expect((await run('token', 'rm', 'destkop')).err).toBe("there is no token 'destkop', did you mean 'desktop'?")
  })
})

describe('audit', () => {
  test('is a table for people, the newest first', async () => {
    expect((await run('audit')).out).toBe('nothing was changed\n')
    await run('ban', '192.0.2.7', '--for', '1h')
    await run('token', 'add', 'laptop')
    expect((await run('audit')).out).toBe(
      [
        'time                 who     from  action     target     detail',
        '2026-01-15 10:30:45  socket  unix  token-add  laptop     admin',
        '2026-01-15 10:30:45  socket  unix  ban        192.0.2.7  for 1h',
        '',
      ].join('\n'),
    )
  })
  test('--target and --limit narrow it, --json has one object a line', async () => {
    for (const ip of ['192.0.2.7', '192.0.2.8', '192.0.2.9']) await run('ban', ip)
    const { out } = await run('audit', '--json', '--target', '::ffff:192.0.2.8')
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        ...{ id: 2, at: '2026-01-15T10:30:45.000Z', who: 'socket', from: 'unix' },
        ...{ action: 'ban', target: '192.0.2.8', detail: null },
      },
    ])
    expect(await run('audit', '--csv', '--limit', '1')).toMatchObject({
      out: 'id,at,who,from,action,target,detail\r\n3,2026-01-15T10:30:45.000Z,socket,unix,ban,192.0.2.9,\r\n',
      err: 'the first 1; there may be more: --limit\n',
    })
    expect((await run('audit', '--limit', 'x')).exitStatus).toBe(2)
  })
  test('hostile text in it steers no terminal, makes no line and no formula', async () => {
    const hostile = { who: HOSTILE, from: HOSTILE, action: HOSTILE, target: HOSTILE, detail: HOSTILE }
    await running().control.audit.note(hostile)
    const table = (await run('audit')).out
    expect(table.split('\n')).toHaveLength(3)
    expect(table.replaceAll('\n', '')).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]/)
    expect((await run('audit', '--csv')).out).not.toMatch(/(?:^|,)"?=/m)
  })
})
