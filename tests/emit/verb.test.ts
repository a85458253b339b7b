import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { emit } from '../../src/cli/verbs/emit.ts'
import { packageRoot } from '../../src/config/index.ts'
import { openState } from '../../src/state/index.ts'
import { runVerbs } from '../cli/run-verbs.ts'
import { folder } from './configuration.ts'

test('emit fail2ban writes the files, and says on stderr what Fail2Ban cannot', async () => {
  const dir = folder()
  const { out, err, exitStatus } = await runVerbs([emit], 'emit', 'fail2ban', '--out', dir, '--state', join(dir, 'none'))
  expect(exitStatus).toBe(0)
  expect(out).toContain(`wrote ${dir}/filter.d/sipguard-opensips.conf\n`)
  expect(out).toContain(`wrote ${dir}/jail.d/sipguard.conf\n`)
  expect(out).toContain(`wrote ${dir}/action.d/sipguard.conf\n`)
  expect(err).toContain('sip-enum: left out: it counts different users (distinct), not lines\n')
})
test('as JSON it is one object a line', async () => {
  const dir = folder()
  const { out, err } = await runVerbs([emit], 'emit', 'fail2ban', '--out', dir, '--state', join(dir, 'none'), '--json')
  const lines = out.trimEnd().split('\n')
  expect(lines).toContain(JSON.stringify({ type: 'file', path: join(dir, 'jail.d/sipguard.conf') }))
  expect(lines).toContain(JSON.stringify({ type: 'note', about: null, text: 'Fail2Ban counts each IPv6 address, not the /64' }))
  expect(err).toBe('')
})
test('the allow list is written down, but for what ends by itself', async () => {
  const dir = folder({ 'c.yaml': 'ignoreip: [192.0.2.0/24]\nself: [203.0.113.1]\n' })
  const state = await openState(join(dir, 'my state'))
  const entry = { addedMs: 0, comment: null }
  await state.allow({ ...entry, cidr: '198.51.100.7', untilMs: null })
  await state.allow({ ...entry, cidr: '198.51.100.8', untilMs: Date.now() + 36e5 })
  await state.close()
  await runVerbs([emit], 'emit', 'fail2ban', '--out', dir, '--config', join(dir, 'c.yaml'), '--state', join(dir, 'my state'))
  const jails = readFileSync(join(dir, 'jail.d/sipguard.conf'), 'utf8')
  expect(jails).toMatch(/^ignoreip = 192\.0\.2\.0\/24 203\.0\.113\.1 198\.51\.100\.7$/m)
  expect(jails).toContain(`ignorecommand = ${join(packageRoot, 'bin/sipguard.js')} allow check <ip> --state '${dir}/my state'\n`)
})
test('an allow list that cannot be read is never taken as empty', async () => {
  const dir = folder({ 'state.db': 'not a database, and long enough to be looked at' })
  const { error } = await runVerbs([emit], 'emit', 'fail2ban', '--out', join(dir, 'out'), '--state', dir)
  expect(error).toMatchObject({ code: 'STATE_UNUSABLE' })
})
test('a path that no file could hold is refused', async () => {
  const { error } = await runVerbs([emit], 'emit', 'fail2ban', '--out', folder(), '--state', '/nowhere/a\nactionban = x')
  expect(error).toMatchObject({ code: 'USAGE' })
})

test('a snippet is printed as it stands', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  const { err } = await runVerbs([emit], 'emit', 'freeswitch')
  const printed = write.mock.calls.map(([text]) => text).join('')
  write.mockRestore()
  expect(printed).toBe(readFileSync(join(packageRoot, 'share/snippets/freeswitch.xml'), 'utf8'))
  expect(err).toBe(`install with it: ${join(packageRoot, 'share/snippets/freeswitch-register.lua')}\n`)
})
test('what a configuration lacks is printed, with exit status 1', async () => {
  const dir = folder({ 'logger.conf': '[general]\ndateformat=%F %T\n[logfiles]\nfull => notice\n' })
  const { out, exitStatus } = await runVerbs([emit], 'emit', 'asterisk', '--diff', join(dir, 'logger.conf'))
  expect(exitStatus).toBe(1)
  expect(out).toMatch(/^; == Levels ==\n\[logfiles\]\n/)
  expect(out).toContain('\nsipguard.log => [json]notice,warning,error,security\n')
})
test('a configuration that lacks nothing is said to, with exit status 0', async () => {
  const dir = folder({ 'logger.conf': '[general]\ndateformat=%F %T\n[logfiles]\nfull => notice,warning,error,security\n' })
  const { out, exitStatus } = await runVerbs([emit], 'emit', 'asterisk', '--diff', join(dir, 'logger.conf'))
  expect({ out, exitStatus }).toEqual({ out: `${dir}/logger.conf has all that sipguard reads\n`, exitStatus: 0 })
})

test('with --hep it is what mirrors SIP, and --diff looks for that', async () => {
  const shipped = readFileSync(join(packageRoot, 'share/snippets/hep/freeswitch.xml'), 'utf8')
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  const { err } = await runVerbs([emit], 'emit', 'freeswitch', '--hep')
  const printed = write.mock.calls.map(([text]) => text).join('')
  write.mockRestore()
  expect(printed).toBe(shipped)
  expect(err).toBe('')
  const dir = folder({ 'sofia.conf.xml': shipped, 'empty.xml': '<include/>\n' })
  const whole = await runVerbs([emit], 'emit', 'freeswitch', '--hep', '--diff', join(dir, 'sofia.conf.xml'))
  expect(whole).toMatchObject({ out: `${dir}/sofia.conf.xml has all that sipguard hears\n`, exitStatus: 0 })
  const empty = await runVerbs([emit], 'emit', 'freeswitch', '--hep', '--diff', join(dir, 'empty.xml'))
  expect(empty.exitStatus).toBe(1)
  expect(empty.out).toMatch(/^ *<!-- == Where to ==/)
})
