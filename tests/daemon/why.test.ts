import { appendFileSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import type { WhyJson } from '../../src/explain/why.ts'
import { makeNamespace } from '../enforce/lab/namespace.ts'
import { needs } from '../require.ts'
import { objects, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failure, failures, provedFailures } from './lines.ts'
import { eventually, type Watching, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
let dir: string
let log: string
let state: string
beforeEach(() => {
  dir = newDirectory()
  log = join(dir, 'sip.log')
  state = join(dir, 'state')
  writeFileSync(log, '')
})

const why = (daemon: Watching, ip: string) => daemon.call<WhyJson>('GET', `/api/why/${encodeURIComponent(ip)}`)
const textOf = (text: string) => text.trimEnd().split('\n')
const replayed = async (bundle: string) => objects((await sipguard(['replay', bundle, '--json'])).out).filter(({ type }) => type === 'ban')

test('a ban, its bundle, and the replay of it are one; without any one of its lines there is no ban', async () => {
  const daemon = await watch([log], { state })
  // Others stand before it in the log.
  const lines = failures(3, '192.0.2.8') + provedFailures(10, '192.0.2.7', Date.now())
  appendFileSync(log, lines)
  await eventually(() => expect(daemon.printed('ban')).toHaveLength(1))
  const report = await why(daemon, '192.0.2.7')
  const all = textOf(lines)
  expect(report).toMatchObject({
    ...{ ip: '192.0.2.7', verdict: 'banned', level: 'unknown', config_version: (await daemon.status()).config_version },
    bans: [
      {
        ...{ ip: '192.0.2.7', jail: 'sip-auth', count: 10, evidence: 'proved', lifted_at: null },
        window: { jail: 'sip-auth', key: '192.0.2.7', maxretry: 10, findtime: '5m', bantime: '1h' },
        firewall: { backend: 'none', verified: null, packets: null },
      },
    ],
  })
  expect(report.bans[0]!.lines.map(({ text }) => text)).toEqual(all.slice(3))
  for (const { offset, text, source } of report.bans[0]!.lines) {
    expect(source).toBe(log)
    expect(lines.slice(offset!, offset! + text!.length)).toBe(text)
  }

  const bundle = join(dir, 'bundle')
  const exported = await sipguard(['why', '192.0.2.7', '--state', state, '--export', bundle])
  expect(exported).toMatchObject({ status: 0, err: '' })
  expect(readdirSync(bundle).sort()).toEqual(['README.txt', 'config.yaml', 'lines.log', 'state.json', 'why.json'])
  for (const file of readdirSync(bundle)) expect(statSync(join(bundle, file)).mode & 0o777, file).toBe(0o600)
  const { type: _, node: __, ...ban } = daemon.printed('ban')[0]!
  expect(await replayed(bundle)).toEqual([{ type: 'ban', ...ban, node: 'replay' }])
  for (const [i] of all.slice(3).entries()) {
    if (i % 4 !== 0) continue // each is tried in tests/explain/bundle.test.ts
    writeFileSync(join(bundle, 'lines.log'), `${all.slice(3).toSpliced(i, 1).join('\n')}\n`)
    expect(await replayed(bundle)).toEqual([])
  }

  const again = await sipguard(['why', '192.0.2.7', '--state', state, '--export', bundle])
  expect(again.status).toBe(1)
  expect(again.err).toContain(`cannot write to ${bundle}: EEXIST`)
})

test('lines that were counted before a restart are read back from the log, compressed as it is, and are kept with the ban then', async () => {
  const first = await watch([log], { state })
  const before = failures(9, '192.0.2.7')
  appendFileSync(log, before)
  await eventually(async () => expect((await first.status()).totals.lines).toBe(9))
  await first.end('SIGKILL')
  writeFileSync(`${log}.1.gz`, gzipSync(before))
  rmSync(log)
  const second = await watch([log], { state })
  const last = failure('192.0.2.7')
  appendFileSync(log, last)
  await eventually(() => expect(second.printed('ban')).toHaveLength(1))
  await second.end('SIGTERM')
  rmSync(`${log}.1.gz`)
  const third = await watch([log], { state })
  const { bans } = await why(third, '192.0.2.7')
  expect(bans[0]!.lines.map(({ text }) => text)).toEqual(textOf(before + last))
  expect(bans[0]!.lines[0]).toMatchObject({ kind: 'failed_registration', rule: 'opensips/failed-registration', user: '1001' })
})

test('a ban that was lifted, one that is over, and who ended it are told after a restart', async () => {
  const first = await watch([log], { state })
  appendFileSync(log, failures(10, '2001:db8::7'))
  await eventually(() => expect(first.printed('ban')).toHaveLength(1))
  await first.call('DELETE', '/api/bans/2001:db8::7')
  await first.call('POST', '/api/bans', { ip: '192.0.2.9' })
  await first.call('POST', '/api/allow', { cidr: '192.0.2.9' })
  await first.end('SIGKILL')
  const second = await watch([log], { state })
  for (const target of ['2001:db8::7', '2001:db8::/64']) {
    expect(await why(second, target)).toMatchObject({
      verdict: 'was-banned',
      bans: [{ prefix: '2001:db8::/64', lifted_by: 'unban', window: { key: '2001:db8::/64' }, lines: { length: 10 } }],
    })
  }
  expect(await why(second, '192.0.2.9')).toMatchObject({
    ...{ verdict: 'was-banned', level: 'allowed' },
    bans: [{ lifted_by: 'trusted', window: null, lines: [], evidence: 'request' }],
  })
  expect(await sipguard(['why', '192.0.2.9', '--state', state, '--export', join(dir, 'bundle')])).toMatchObject({
    status: 1,
    err: expect.stringContaining('192.0.2.9 has no ban that lines led to'),
  })
  expect(existsSync(join(dir, 'bundle'))).toBe(false)
})

test('whoever fell for a user under attack is told the lines that put the user there, over a restart too', async () => {
  const first = await watch([log], { state })
  const attack = Array.from({ length: 10 }, (_, i) => failure(`198.51.${i}.1`)).join('')
  appendFileSync(log, attack)
  await eventually(() => expect(first.printed('alert')).toMatchObject([{ alert: 'user_under_attack' }]))
  await first.end('SIGKILL')
  const second = await watch([log], { state })
  const own = failures(2, '203.0.113.5')
  appendFileSync(log, own)
  await eventually(() => expect(second.printed('ban')).toMatchObject([{ jail: 'sip-stuffing' }]))
  await eventually(async () => {
    const [ban] = (await why(second, '203.0.113.5')).bans
    expect(ban!.lines.map(({ text }) => text)).toEqual(textOf(own))
    expect(ban!.armed_by.map(({ text }) => text)).toEqual(textOf(attack))
    expect(ban!.window).toMatchObject({ key: '1001@example.com 203.0.113.5', maxretry: 2 })
  })
  const bundle = join(dir, 'bundle')
  await sipguard(['why', '203.0.113.5', '--state', state, '--export', bundle])
  expect(await replayed(bundle)).toMatchObject([{ ip: '203.0.113.5', jail: 'sip-stuffing', until: second.printed('ban')[0]!.until }])
})

test('what did not count is told by its reason, with the last lines', async () => {
  const daemon = await watch([log], { state })
  const prefix = `${new Date().toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: `
  const success = `${prefix}NOTICE:Registered: ip=192.0.2.7:5060 proto=udp expires=60 user=1001 domain=example.com contact=<sip:a@b> ua=x`
  appendFileSync(log, `${success}\n`.repeat(5))
  await eventually(async () => expect((await daemon.status()).totals.lines).toBe(5))
  const { verdict, bans, not_counted } = await why(daemon, '192.0.2.7')
  expect({ verdict, bans }).toEqual({ verdict: 'not-banned', bans: [] })
  expect(not_counted).toMatchObject([{ why: 'success', count: 5, lines: Array(3).fill({ text: success, kind: 'registration' }) }])
})

describe.skipIf(needs('root', 'ip', 'nft'))('with a firewall', () => {
  test('the kernel is asked whether it holds the ban', async () => {
    const namespace = makeNamespace()
    try {
      const daemon = await watch([log, '--enforce', 'nftables'], { state, prefix: namespace.prefix })
      appendFileSync(log, failures(10, '192.0.2.7'))
      await eventually(() => expect(daemon.printed('ban')).toHaveLength(1))
      expect((await why(daemon, '192.0.2.7')).bans[0]!.firewall).toEqual({ backend: 'nftables', verified: true, packets: 0 })
      await daemon.end('SIGTERM')
    } finally {
      namespace.remove()
    }
  })
})
