import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { importFail2Ban, writeNew } from '../../src/import/index.ts'
import { folder, oneJail } from './folder.ts'

/** The one jail that these options give, and what of them is left out. */
async function imported(options: string) {
  const { files, leftOut } = await importFail2Ban(folder(oneJail('failregex = ^x <HOST>$\n', options)), { judge: async () => null })
  const dir = folder()
  writeNew(dir, files)
  const config = loadConfig(join(dir, 'sipguard.yaml'))
  return {
    config,
    jail: config.jails.find(({ name }) => name === 'opensips-own'),
    leftOut: leftOut.map(({ what, why }) => `${what}: ${why}`),
  }
}

test.each([
  ['600', 600],
  ['1h 30m', 5400],
  ['2 weeks', 1209600],
  ['1.5h', 5400],
  ['1mo', 2629800],
])('a bantime of %s is %d seconds', async (text, seconds) => {
  expect((await imported(`bantime = ${text}\n`)).jail?.bantimeMs).toBe(seconds * 1000)
})

test.each([
  ['bantime = 1000y\n', 'opensips-own: bantime = 1000y: it is no duration that sipguard takes; 10m is written'],
  ['bantime = soon\n', 'opensips-own: bantime = soon: it is no duration that sipguard takes; 10m is written'],
  ['findtime = -1\n', 'opensips-own: findtime = -1: it is no duration that sipguard takes; 10m is written'],
  [`findtime = ${'1'.repeat(60)}!\n`, `opensips-own: findtime = ${'1'.repeat(60)}!: it is no duration that sipguard takes; 10m is written`],
  ['maxretry = 0\n', 'opensips-own: maxretry = 0: it is no number from 1 to 100000; 5 is written'],
])('%j is left out, and what is written instead is valid', async (options, said) => {
  const { jail, leftOut } = await imported(options)
  expect(leftOut).toEqual([said])
  expect(jail).toMatchObject({ maxretry: 5, findtimeMs: 6e5, bantimeMs: 6e5 })
})

test('a ban that grows never ends before it begins', async () => {
  const { jail } = await imported('bantime = 8w\nbantime.increment = true\n')
  expect(jail?.increment).toEqual({ factor: 2, maxtimeMs: jail?.bantimeMs })
})

test('what is no address is no ignoreip', async () => {
  const { config, leftOut } = await imported('ignoreip = 192.0.2.1, 300.1.2.3/99 file:/etc/passwd\n')
  expect(config.ignoreip).toEqual(['192.0.2.1'])
  expect(leftOut).toEqual([
    'opensips-own: ignoreip 300.1.2.3/99: it is no address, network or name',
    'opensips-own: ignoreip file:/etc/passwd: it is no address, network or name',
  ])
})

test('a journal is read by its unit; without one the source is for the operator to name', async () => {
  expect((await imported('backend = systemd\njournalmatch = _SYSTEMD_UNIT=opensips\n')).config.sources).toMatchObject([
    { type: 'journal', units: ['opensips.service'] },
  ])
  const { config, leftOut } = await imported('backend = systemd\njournalmatch = _COMM=opensips\n')
  expect(config.sources).toEqual([])
  expect(leftOut[0]).toContain('it names no unit (_SYSTEMD_UNIT=); name the source yourself')
})
