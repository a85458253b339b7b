import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failures } from '../daemon/lines.ts'
import { eventually } from '../daemon/watching.ts'
import { underOldNode } from '../old-node.ts'
import { objects, root } from '../sipguard.ts'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
/** What no checkout is packed with, or would only be in the way. */
const NOT_COPIED = ['.git', 'node_modules', 'dist', 'fixtures', 'coverage', 'tmp']
/** Building, and a registry that is far away. */
const LONG_MS = 300_000

/** npm, and whatever it installs, run by the Node of this test. */
const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }

describe('the npm package', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-package-'))
  const prefix = join(dir, 'prefix')
  const installed = join(prefix, 'lib/node_modules/sipguard')
  const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const run = (command: readonly string[], ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command[0]!, [...command.slice(1), ...args], { encoding: 'utf8', env, cwd: dir })
    return { status, out: stdout, err: stderr }
  }
  const sipguard = (...args: string[]) => run([join(prefix, 'bin/sipguard')], ...args)

  /** Packed from a copy: the build writes into its tree, and other tests look at ours. */
  beforeAll(() => {
    const copy = join(dir, 'copy')
    for (const name of readdirSync(root)) if (!NOT_COPIED.includes(name)) cpSync(join(root, name), join(copy, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    npm(copy, 'pack', '--pack-destination', dir)
    npm(
      dir,
      'install',
      '--global',
      '--prefix',
      prefix,
      '--ignore-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      `sipguard-${version}.tgz`,
    )
  }, LONG_MS)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  test('holds the compiled program and what it reads, and nothing else', () => {
    const packed = execFileSync('tar', ['-tzf', join(dir, `sipguard-${version}.tgz`)], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const compiled = globSync('src/**/*.ts', { cwd: root })
      .filter((path) => !path.startsWith('src/console/') && !path.endsWith('.d.ts'))
      .map((path) => path.replace(/^src\/(.*)\.ts$/, 'dist/$1.js'))
    const data = ['filters', 'jails', 'share'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
    )
    const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'bin/launch.js', 'bin/sipguard.js', ...compiled, ...data]
    const [page, ...others] = [...packed.filter((path) => path.startsWith('package/dist/console/'))].sort().reverse()
    expect(page).toBe('package/dist/console/index.html')
    expect(others.map((path) => path.replace(/-[\w-]{8}\./, '.')).sort()).toEqual(
      ['icon.svg', 'index.css', 'index.js'].map((name) => `package/dist/console/assets/${name}`),
    )
    expect(packed.filter((path) => !path.startsWith('package/dist/console/')).sort()).toEqual(
      expected.map((path) => `package/${path}`).sort(),
    )
  })

  test('tells no path of the machine that packed it', () => {
    const telling = spawnSync('grep', ['-rlF', '-e', dir, '-e', root, '--exclude-dir=node_modules', installed], { encoding: 'utf8' })
    expect([telling.status, telling.stdout]).toEqual([1, ''])
  })

  test('is installed by npm without running any script, and works from there', () => {
    expect(sipguard('--version')).toEqual({ status: 0, out: `${version}\n`, err: '' })
    const checked = sipguard('filter', 'check')
    expect([checked.status, checked.err]).toEqual([0, ''])
    expect(checked.out).toMatch(/^opensips: \d+ rules proved, 0 runtime, 0 refused/m)
    writeFileSync(join(dir, 'old.log'), failures(10, '192.0.2.7'))
    const replayed = sipguard('replay', 'old.log', '--json')
    expect(objects(replayed.out)).toContainEqual(expect.objectContaining({ type: 'ban', ip: '192.0.2.7' }))
  })

  test('watches, records and answers', async () => {
    const [log, state] = [join(dir, 'sip.log'), join(dir, 'state')]
    writeFileSync(log, '')
    const child = spawn(join(prefix, 'bin/sipguard'), ['watch', log, '--state', state], { stdio: 'ignore', env })
    try {
      await eventually(() => expect(sipguard('status', '--state', state).status).toBe(0))
      appendFileSync(log, failures(10, '192.0.2.7'))
      const told = (verb: string) => objects(sipguard(verb, '--json', '--state', state).out)
      await eventually(() => expect(told('bans')).toMatchObject([{ ip: '192.0.2.7', jail: 'sip-auth' }]))
      await eventually(() => expect(told('events')).toHaveLength(10))
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('under a Node that is too old it says what it needs, and hands over to one that npm has installed beside it', () => {
    const command = underOldNode(join(installed, 'bin/sipguard.js'), dir)
    const alone = run(command, '--version')
    expect([alone.status, alone.out]).toEqual([2, ''])
    expect(alone.err).toMatch(/^sipguard needs Node 24 or newer, this is v\S+; install one, or run 'npm install' here\n$/)
    mkdirSync(join(prefix, 'lib/node_modules/node/bin'), { recursive: true })
    symlinkSync(process.execPath, join(prefix, 'lib/node_modules/node/bin/node'))
    expect(run(command, '--version')).toEqual({ status: 0, out: `${version}\n`, err: '' })
  })
})
