import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { beforeEach, expect, test } from 'vitest'
import { freePort } from '../fleet/redis-server.ts'
import { needs } from '../require.ts'
import { root } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failures } from './lines.ts'
import { startWriter } from './rotating-writer.ts'
import { eventually, type Watching, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
const SELF_SIGNED = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
let dir: string
let log: string
let config: string
let state: string
beforeEach(() => {
  dir = newDirectory()
  log = join(dir, 'sip.log')
  config = join(dir, 'sipguard.yaml')
  state = join(dir, 'state')
  writeFileSync(log, '')
})

const configure = (more = '', files = ['sip.log']) =>
  writeFileSync(config, `sources: [${files.map((file) => `{file: ${file}}`).join(', ')}]\n${more}`)

/** Sends SIGHUP and waits until it has been dealt with. */
async function reload(daemon: Watching): Promise<void> {
  const reloads = () => daemon.printed('notice').filter(({ message }) => /reloaded/.test(String(message))).length
  const before = reloads()
  daemon.child.kill('SIGHUP')
  await eventually(() => expect(reloads()).toBe(before + 1))
}
const lines = async (daemon: Watching) => (await daemon.status()).totals.lines

test.skipIf(needs('root', 'unshare', 'mount'))("while an upgrade takes the package's files away ends nobody", async () => {
  const filters = join(dir, 'filters')
  cpSync(join(root, 'filters'), filters, { recursive: true })
  const mounted = ['sh', '-c', 'mount --bind "$1" "$2" && shift 2 && exec "$@"', 'sh', filters, join(root, 'filters')]
  configure()
  const daemon = await watch(['--config', config], { state, prefix: ['unshare', '--mount', '--propagation', 'private', ...mounted] })
  rmSync(join(filters, 'prepared-look.json'))
  await reload(daemon)
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ ip: '192.0.2.7' }]))
})

test('a broken configuration is refused, the old one stays, and the status says why until it is mended', async () => {
  configure()
  const daemon = await watch(['--config', config], { state })
  configure('jails: {sip-auth: {maxretry: many}}\n')
  daemon.child.kill('SIGHUP')
  await eventually(async () => {
    const [trouble] = (await daemon.status()).degraded
    expect(trouble?.what).toBe(
      `the configuration was not reloaded, the old one stays: ${config}:2:30: jails.sip-auth.maxretry: expected a whole number from 1 to 100000, got 'many'`,
    )
    expect(trouble?.remedy).toBe('mend it and reload again')
  })
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')).toHaveLength(1))
  configure()
  await reload(daemon)
  expect((await daemon.status()).degraded).toEqual([])
})

test('a changed maxretry takes effect, and unchanged jails keep their windows', async () => {
  configure()
  const daemon = await watch(['--config', config], { state })
  const knock = (ip: string) =>
    `${new Date().toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: NOTICE:Door-knock attempt logged to database - domain=x.example from ${ip}:5060\n`
  appendFileSync(log, failures(3, '192.0.2.7') + knock('192.0.2.8').repeat(9))
  await eventually(async () => expect(await lines(daemon)).toBe(12))
  configure('jails: {sip-auth: {maxretry: 4}}\n')
  await reload(daemon)
  appendFileSync(log, failures(3, '192.0.2.7') + knock('192.0.2.8'))
  await eventually(async () => expect(await lines(daemon)).toBe(16))
  await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ ip: '192.0.2.8', jail: 'sip-knock', count: 10 }]))
  appendFileSync(log, failures(1, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')[1]).toMatchObject({ ip: '192.0.2.7', jail: 'sip-auth', count: 4 }))
})

test('sources come and go, and one that comes back goes on where it was left', async () => {
  configure()
  const other = join(dir, 'other.log')
  writeFileSync(other, failures(2, '192.0.2.7'))
  const daemon = await watch(['--config', config], { state })
  configure('', ['sip.log', 'other.log'])
  await reload(daemon)
  await eventually(async () => expect(await lines(daemon)).toBe(2))
  configure()
  await reload(daemon)
  appendFileSync(other, failures(3, '192.0.2.7'))
  appendFileSync(log, failures(1, '192.0.2.8'))
  await eventually(async () => expect(await lines(daemon)).toBe(3))
  expect((await daemon.status()).sources.map(({ name }) => name)).toEqual([log])
  configure('', ['other.log'])
  await reload(daemon)
  await eventually(async () => expect(await lines(daemon)).toBe(6))
  expect((await daemon.status()).totals.events).toEqual({ failed_registration: 6 })
})

test('who shared a file with a source that goes reads on where that one has come to', async () => {
  configure('', ['sip.log', '"*.log"'])
  const daemon = await watch(['--config', config], { state })
  appendFileSync(log, failures(5, '192.0.2.7'))
  await eventually(async () => expect(await lines(daemon)).toBe(5))
  configure('', ['"*.log"'])
  await reload(daemon)
  appendFileSync(log, failures(4, '192.0.2.7'))
  await eventually(async () => expect(await lines(daemon)).toBe(9))
  appendFileSync(log, failures(1, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ count: 10 }]))
  expect(await lines(daemon)).toBe(10)
})

test('no line is lost or doubled over many reloads while the log grows', async () => {
  configure()
  const daemon = await watch(['--config', config], { state })
  const writer = startWriter(log, 2000)
  for (let i = 0; i < 10; i++) {
    // Every second time the source is pinned to a filter, which is another source of the same file.
    writeFileSync(config, `sources: [{file: sip.log${i % 2 === 0 ? ', filter: opensips' : ''}}]\n`)
    await reload(daemon)
  }
  // Reloads that come at once are done one after the other.
  for (let i = 0; i < 5; i++) daemon.child.kill('SIGHUP')
  await writer.stop()
  const { written } = writer
  await eventually(async () =>
    expect((await daemon.status()).totals).toEqual({ lines: written.lines, events: { failed_registration: written.failures }, bans: 0 }),
  )
  expect(await daemon.end('SIGTERM')).toBe(0)
})

test('ignoreip that comes with a reload lifts the bans of those it names', async () => {
  configure()
  const daemon = await watch(['--config', config], { state })
  appendFileSync(log, failures(10, '192.0.2.7') + failures(10, '2001:db8::7') + failures(10, '192.0.2.8'))
  await eventually(() => expect(daemon.printed('ban')).toHaveLength(3))
  configure('ignoreip: [192.0.2.7, "2001:db8::9"]\nenforce: nftables\n')
  await reload(daemon)
  await eventually(() =>
    expect(
      daemon
        .printed('unban')
        .map(({ ip }) => ip)
        .sort(),
    ).toEqual(['192.0.2.7', '2001:db8::7']),
  )
  expect(await daemon.call('GET', '/api/bans')).toMatchObject([{ ip: '192.0.2.8' }])
  expect(daemon.printed('notice').map(({ message }) => message)).toContain(
    'read at the start only, so restart for what has changed: enforce:',
  )
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('skip')).toMatchObject([{ ip: '192.0.2.7', why: 'allowed' }]))
  // A neighbour of someone trusted is banned alone.
  appendFileSync(log, failures(10, '2001:db8::7'))
  await eventually(() => expect(daemon.printed('ban').at(-1)).toMatchObject({ ip: '2001:db8::7', scope: 'address', prefix: null }))
})

test.skipIf(needs('openssl'))('a certificate that was renewed is shown after a reload', async () => {
  const issue = (name: string) =>
    execFileSync('openssl', [...SELF_SIGNED, '-subj', `/CN=${name}`, '-keyout', 'key.pem', '-out', 'cert.pem'], {
      cwd: dir,
      stdio: 'ignore',
    })
  const port = await freePort()
  const shown = async () => {
    const client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    await once(client, 'secureConnect')
    const { CN } = client.getPeerCertificate().subject
    client.destroy()
    return CN
  }
  issue('old')
  configure(`http: {listen: '127.0.0.1:${port}', tls: {cert: cert.pem, key: key.pem}}\n`)
  const daemon = await watch(['--config', config], { state })
  // The socket answers a moment before the port does.
  await eventually(async () => expect(await shown()).toBe('old'))
  issue('new')
  await reload(daemon)
  expect(await shown()).toBe('new')
  writeFileSync(join(dir, 'key.pem'), 'nonsense')
  daemon.child.kill('SIGHUP')
  await eventually(async () => expect((await daemon.status()).degraded[0]?.what).toContain('http.tls: expected a certificate and its key'))
  expect(await shown()).toBe('new')
})
