import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditJson, NewTokenJson, TokenJson } from '../../src/api/access-wire.ts'
import { freePort } from '../fleet/redis-server.ts'
import { sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { eventually, type Watching, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
let dir: string
let config: string
let state: string
let port: number
beforeEach(async () => {
  dir = newDirectory()
  config = join(dir, 'sipguard.yaml')
  state = join(dir, 'state')
  port = await freePort()
  writeFileSync(join(dir, 'sip.log'), '')
})
const configure = (http: string) => writeFileSync(config, `sources: [{file: sip.log}]\nhttp: ${http}\n`)
const statusOver = async (path: string, token: string) =>
  (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
const actions = async (daemon: Watching) =>
  (await daemon.call<AuditJson[]>('GET', '/api/audit')).map(({ who, action, target, detail }) => [who, action, target, detail])

test('tokens and the audit survive kill -9, and a reload is told with its outcome', async () => {
  const inFile = 'of-the-file-and-long-enough'
  writeFileSync(join(dir, 'tokens'), `${inFile} reader grafana\n`)
  chmodSync(join(dir, 'tokens'), 0o600)
  configure(`{listen: '127.0.0.1:${port}', tokenfile: tokens}`)
  const first = await watch(['--config', config], { state })
  const { token } = await first.call<NewTokenJson>('POST', '/api/tokens', { name: 'laptop', role: 'admin' })
  expect(await statusOver('/api/status', token)).toBe(200)
  expect(await statusOver('/api/status', inFile)).toBe(200)
  expect(await statusOver('/api/status', `${token}x`)).toBe(401)
  first.child.kill('SIGHUP')
  await eventually(() => expect(first.printed('notice')).toHaveLength(1))
  appendFileSync(config, 'nonsense: 1\n')
  first.child.kill('SIGHUP')
  await eventually(async () => expect(await actions(first)).toHaveLength(3))
  await first.end('SIGKILL')

  configure(`{listen: '127.0.0.1:${port}', tokenfile: tokens}`)
  const second = await watch(['--config', config], { state })
  expect(await actions(second)).toEqual([
    ['SIGHUP', 'reload', config, expect.stringMatching(/^refused: .*:3:1: unknown key 'nonsense'/)],
    ['SIGHUP', 'reload', config, 'done'],
    ['socket', 'token-add', 'laptop', 'admin'],
  ])
  expect(await statusOver('/api/status', token)).toBe(200)
  expect((await second.call<TokenJson[]>('GET', '/api/tokens')).map(({ name }) => name)).toEqual(['laptop', 'tokenfile:grafana'])
  await second.call('DELETE', '/api/tokens/laptop')
  expect(await statusOver('/api/status', token)).toBe(401)
})

describe('an address beyond loopback', () => {
  test('without TLS ends the start by its place', async () => {
    configure(`{listen: '0.0.0.0:${port}'}`)
    const { status, err } = await sipguard(['watch', '--config', config, '--state', state])
    expect([status, err]).toEqual([
      2,
      `sipguard: ${config}:2:16: http.listen: expected a loopback address such as 127.0.0.1:8471, or tls: with a cert and a key, or insecure: true, got '0.0.0.0:${port}'\n`,
    ])
  })
  test('is served without TLS where somebody says --insecure', async () => {
    configure(`{listen: '0.0.0.0:${port}'}`)
    const daemon = await watch(['--config', config, '--insecure'], { state })
    const { token } = await daemon.call<NewTokenJson>('POST', '/api/tokens', { name: 'laptop', role: 'reader' })
    expect(await statusOver('/healthz', token)).toBe(200)
  })
})
