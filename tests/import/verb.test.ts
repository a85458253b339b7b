import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/cli/verbs/check.ts'
import { importing } from '../../src/cli/verbs/import.ts'
import { runVerbs } from '../cli/run-verbs.ts'
import { root } from '../sipguard.ts'
import { folder } from './folder.ts'

const site = join(root, 'fixtures/import/site')
const run = (...words: string[]) => runVerbs([importing, check], 'import', 'fail2ban', ...words)

test('import fail2ban writes what sipguard check accepts, and says what became of each jail', async () => {
  const dir = folder()
  const { out, exitStatus } = await run(site, '--out', dir)
  expect(exitStatus).toBe(0)
  expect(out).toMatch(/^jail +written as +filter +failregexes +shipped rules +own words +run time +fooled\n/)
  expect(out).toMatch(/^opensips-site +opensips-site +opensips-site\[level=NOTICE\] +6 +0 +2 +1 +\d$/m)
  expect(out).toMatch(
    /^fooled \S+opensips-site\.conf:8: opensips-site bans 203\.0\.113\.5: the caller wrote the words of the line once more \(.+\)\n {4}"/m,
  )
  expect(out).toMatch(/^recognised, not counted \S+kamailio-site\.conf:2: lines of the shipped rule auth-challenged are nobody's failure$/m)
  expect(out).toMatch(/^not carried over \S+opensips-site\.conf:12: ignoreregex /m)
  expect(out).toMatch(/^note \S+opensips-site\.conf:8, .+: <HOST> also reads host names; here only addresses count$/m)
  expect(out).toContain(`wrote ${dir}/filters/fail2ban-kamailio-site.yaml\n`)
  const checked = await runVerbs([importing, check], 'check', '--config', join(dir, 'sipguard.yaml'))
  expect(checked).toMatchObject({ exitStatus: 0, err: '' })
})

test('as JSON it is one object a line', async () => {
  const dir = folder()
  const { out } = await run(site, '--out', dir, '--json')
  const objects = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; place: string })
  expect(Object.fromEntries([...Map.groupBy(objects, ({ type }) => type)].map(([type, all]) => [type, all.length]))).toEqual({
    rule: 11,
    'left-out': 9,
    file: 4,
  })
  expect(objects[0]).toMatchObject({
    jail: 'opensips-site',
    written: 'opensips-site',
    filter: 'opensips-site[level=NOTICE]',
    place: `${site}/filter.d/opensips-site.conf:7`,
    rules: [{ id: 'failregex-1', as: 'proved' }],
    fooled: null,
  })
})

test('a second time nothing is replaced', async () => {
  const dir = folder({ 'sipguard.yaml': '# mine\n' })
  const { err, exitStatus } = await run(site, '--out', dir)
  expect(exitStatus).toBe(1)
  expect(err).toContain(`${dir}/sipguard.yaml: there already, so not replaced; nothing was written`)
  expect(readFileSync(join(dir, 'sipguard.yaml'), 'utf8')).toBe('# mine\n')
})

test('without a jail for a SIP server nothing is written', async () => {
  const dir = folder({ 'jail.conf': '[sshd]\nenabled = true\n' })
  const { err, exitStatus } = await run(dir, '--out', join(dir, 'out'))
  expect(exitStatus).toBe(1)
  expect(err).toContain(`no jail of ${dir} for a SIP server is enabled; --jail NAME takes one that is not. Nothing was written`)
})
