import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pagerOf } from '../../src/cli/pager.ts'
import { aBan } from '../api/fake-control.ts'
import { needs } from '../require.ts'
import { bin, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { inTerminal, type TerminalOptions } from './terminal.ts'

const newDirectory = temporaryDirectories()
const running = fakeDaemon()

describe('the pager is', () => {
  test.each([
    [{}, ['less', '-FRX']],
    [{ PAGER: 'more' }, ['more']],
    [{ PAGER: 'more', SIPGUARD_PAGER: '  most  +5 ; x ' }, ['most', '+5', ';', 'x']],
    [{ PAGER: 'more', SIPGUARD_PAGER: '' }, []],
    [{ SIPGUARD_PAGER: 'cat' }, []],
    [{ PAGER: '' }, []],
    [{ TERM: 'dumb' }, []],
  ])('with %j: %j', (env, words) => {
    expect(pagerOf(env)).toEqual(words)
  })
})

/** A pager that says how it was called, and what it got. */
function fakePager(script: string): string {
  const path = join(newDirectory(), 'pager')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

const ban100 = () => {
  for (let i = 0; i < 100; i++) running().control.active.push(aBan({ ip: `192.0.2.${i}`, fromMs: Date.UTC(2026, 0, 15) - i }))
}
const onTerminal = (args: readonly string[], options?: TerminalOptions) =>
  inTerminal([process.execPath, bin, ...args, '--state', running().stateDir], options)
const NO_OWN = { PAGER: undefined, SIPGUARD_PAGER: undefined, LESS: undefined }

describe.skipIf(needs('python3', 'less'))('on a terminal', () => {
  test('less shows the first screen of a long list, the next one on a blank, and ends with q', async () => {
    ban100()
    const typing = [
      { after: '\n:', type: ' ' },
      { after: '192.0.2.30', type: 'q' },
    ]
    const { status, out } = await onTerminal(['bans'], { env: NO_OWN, typing })
    expect(status).toBe(0)
    expect(out).toContain('192.0.2.0 ')
    expect(out).not.toContain('192.0.2.99')
  })
  test('a list that fits on the screen is printed at once, in any pager', async () => {
    running().control.active.push(aBan())
    const { status, out } = await onTerminal(['bans'], { env: { SIPGUARD_PAGER: fakePager('echo paged') } })
    expect([status, out.includes('192.0.2.7'), out.includes('paged')]).toEqual([0, true, false])
  })
  test('the pager gets the whole text, is told to be secure, and no shell reads its arguments', async () => {
    ban100()
    const pager = fakePager('echo "secure=$LESSSECURE args=$*"; grep -c .')
    const { out } = await onTerminal(['bans'], { env: { SIPGUARD_PAGER: `${pager} -a $(id);id` } })
    expect(out).toBe('secure=1 args=-a $(id);id\n101\n')
  })
  test.each([
    ['--no-pager', ['bans', '--no-pager'], {}],
    ['--no-pager in front', ['--no-pager', 'bans'], {}],
    ['an empty SIPGUARD_PAGER', ['bans'], { SIPGUARD_PAGER: '' }],
    ['--json', ['bans', '--json'], {}],
    ['--csv', ['bans', '--csv'], {}],
  ])('nothing is paged with %s', async (_, args, env) => {
    ban100()
    const { status, out } = await onTerminal(args, { env: { PAGER: fakePager('echo paged'), ...env } })
    expect([status, out.includes('paged'), out.includes('192.0.2.99')]).toEqual([0, false, true])
  })
  test('a pager that is not there, or may not be run, is no error', async () => {
    ban100()
    for (const SIPGUARD_PAGER of ['/nowhere/pager', '/etc/passwd']) {
      const { status, out } = await onTerminal(['bans'], { env: { SIPGUARD_PAGER } })
      expect([status, out.includes('192.0.2.99')]).toEqual([0, true])
    }
  })
  test('a pager that ends without reading is no error', async () => {
    for (let i = 0; i < 20_000; i++) running().control.active.push(aBan({ ip: `10.1.${i >> 8}.${i & 255}` }))
    expect(await onTerminal(['bans'], { env: { SIPGUARD_PAGER: fakePager('echo left; exit 3') } })).toMatchObject({
      status: 0,
      out: 'left\n',
    })
  })
  test('long help is paged too', async () => {
    const { status, out } = await inTerminal([process.execPath, bin, '--help'], { env: { SIPGUARD_PAGER: fakePager('tail -n 1') } })
    expect([status, out]).toEqual([0, 'The Debian package has manual pages: sipguard(1) and sipguard.yaml(5).\n'])
  })
})

test('in a pipe nothing is paged', async () => {
  const { status, out } = await sipguard(['--help'], { env: { SIPGUARD_PAGER: fakePager('echo paged') } })
  expect([status, out.startsWith('Usage: sipguard')]).toEqual([0, true])
})
