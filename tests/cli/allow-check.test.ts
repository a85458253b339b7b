import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { allow } from '../../src/cli/verbs/allow.ts'
import { openState } from '../../src/state/index.ts'
import { runVerbs } from './run-verbs.ts'

let dir: string
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-allow-'))
  const state = await openState(dir)
  const entry = { addedMs: Date.UTC(2026, 0, 15), comment: null }
  await state.allow({ ...entry, cidr: '198.51.100.0/24', untilMs: null })
  await state.allow({ ...entry, cidr: '192.0.2.7', untilMs: Date.now() - 1 })
  await state.allow({ ...entry, cidr: '2001:db8::/64', untilMs: Date.now() + 36e5 })
  await state.close()
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true })
})

const check = (ip: string, ...more: string[]) => runVerbs([allow], 'allow', 'check', ip, '--state', dir, ...more)

test.each([
  ['198.51.100.9', 0],
  ['::ffff:198.51.100.9', 0],
  ['2001:db8::9', 0],
  ['198.51.101.9', 1],
  ['192.0.2.7', 1],
])('without a daemon %s gives exit status %i and no output', async (ip, exitStatus) => {
  expect(await check(ip)).toMatchObject({ out: '', err: '', exitStatus })
})
test('as JSON it names the entry', async () => {
  expect(await check('198.51.100.9', '--json')).toMatchObject({
    out: '{"ip":"198.51.100.9","allowed":true,"entry":{"cidr":"198.51.100.0/24","until":null,"added":"2026-01-15T00:00:00.000Z","comment":null}}\n',
    exitStatus: 0,
  })
  expect(await check('203.0.113.1', '--json')).toMatchObject({ out: '{"ip":"203.0.113.1","allowed":false,"entry":null}\n', exitStatus: 1 })
})
test('an address that is none is a usage error, not a no', async () => {
  expect((await check('198.51.100.9%eth0')).exitStatus).toBe(2)
})
test('where no state was ever made nobody is allowed', async () => {
  vi.stubEnv('STATE_DIRECTORY', join(dir, 'nothing'))
  expect(await runVerbs([allow], 'allow', 'check', '198.51.100.9')).toMatchObject({ out: '', err: '', exitStatus: 1 })
})
test('a list that cannot be read is said aloud', async () => {
  writeFileSync(join(dir, 'state.db'), 'not a database, and long enough to be looked at')
  expect((await check('198.51.100.9')).error).toMatchObject({ code: 'STATE_UNUSABLE', exitStatus: 1 })
})
