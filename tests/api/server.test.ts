import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { listenUnix } from '../../src/api/server.ts'
import { createFakeControl } from './fake-control.ts'
import { send } from './fake-daemon.ts'

let dir: string
const closers: (() => Promise<void>)[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-socket-'))
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  rmSync(dir, { recursive: true })
})

async function listen(path: string): Promise<() => Promise<void>> {
  const open = async () => createApp(createFakeControl(), createMetrics({ version: '0' }), { onFault: () => {} })
  const close = await listenUnix(open, path)
  closers.push(close)
  return close
}
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('the socket is for its owner and group, in a directory that is made for it', async () => {
  const path = join(dir, 'run', 'sipguard', 'sipguard.sock')
  const umask = process.umask()
  await listen(path)
  expect(mode(path)).toBe('660')
  expect(mode(join(dir, 'run', 'sipguard'))).toBe('750')
  expect(process.umask()).toBe(umask)
  expect((await send(path, 'GET', '/healthz')).status).toBe(200)
})

test('a directory that is there keeps its mode', async () => {
  chmodSync(dir, 0o755)
  await listen(join(dir, 's'))
  expect(mode(dir)).toBe('755')
})

test('closing removes the socket', async () => {
  const path = join(dir, 's')
  await (await listen(path))()
  expect(existsSync(path)).toBe(false)
})

test('closing does not wait for ever for a client that says nothing', async () => {
  const path = join(dir, 's')
  const close = await listen(path)
  const silent = connect(path)
  await new Promise((done) => silent.once('connect', done))
  const gone = new Promise((done) => silent.once('close', done))
  silent.resume()
  await close()
  await gone
  expect(existsSync(path)).toBe(false)
})

test('the API is opened when somebody connects, and again where that failed', async () => {
  const path = join(dir, 's')
  let opened = 0
  const close = await listenUnix(async () => {
    if (++opened === 1) throw new Error('not now')
    return createApp(createFakeControl(), createMetrics({ version: '0' }), { onFault: () => {} })
  }, path)
  closers.push(close)
  expect(opened).toBe(0)
  await expect(send(path, 'GET', '/healthz')).rejects.toThrow()
  expect((await send(path, 'GET', '/healthz')).status).toBe(200)
  expect((await send(path, 'GET', '/healthz')).status).toBe(200)
  expect(opened).toBe(2)
})

test('who sends half a request is told so and cut off; who waits for an answer is not', async () => {
  const path = join(dir, 's')
  const control = createFakeControl()
  const slow = Promise.withResolvers<never[]>()
  control.unbanAll = () => slow.promise
  const open = async () => createApp(control, createMetrics({ version: '0' }), { onFault: () => {}, requestTimeoutMs: 200 })
  closers.push(await listenUnix(open, path))
  const waiting = send(path, 'DELETE', '/api/bans?all=true')
  const text = await new Promise<string>((done) => {
    let received = ''
    const half = connect(path).on('data', (chunk) => {
      received += chunk
    })
    const head = 'POST /api/bans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
    half.on('close', () => done(received)).write(`${head}{`)
  })
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  slow.resolve([])
  expect((await waiting).status).toBe(200)
})

test('the socket of a daemon that was killed is replaced', async () => {
  const path = join(dir, 's')
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL')
  expect(statSync(path).isSocket()).toBe(true)
  await listen(path)
  expect((await send(path, 'GET', '/healthz')).status).toBe(200)
})

test('a socket on which somebody answers is left to him', async () => {
  const path = join(dir, 's')
  const other = createServer((socket) => socket.on('error', () => {}).end('still here'))
  await new Promise<void>((done) => other.listen(path, done))
  await expect(listen(path)).rejects.toMatchObject({ code: 'STATE_LOCKED', message: `another sipguard daemon answers on ${path}` })
  const text = await new Promise((done) => connect(path).once('data', (chunk) => done(String(chunk))))
  expect(text).toBe('still here')
  await new Promise((done) => other.close(done))
})

test('a file or a link at the path is never removed', async () => {
  const file = join(dir, 'file')
  const link = join(dir, 'link')
  writeFileSync(file, 'precious')
  symlinkSync(file, link)
  for (const path of [file, link]) {
    await expect(listen(path)).rejects.toMatchObject({ code: 'STATE_UNUSABLE', message: `${path} is there and is not a socket` })
    expect(existsSync(path)).toBe(true)
  }
})

test.each(['', '\0sipguard', 'run/\0x'])('the path %j is refused', async (path) => {
  await expect(listen(path)).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
})

test('a path that is too long for a socket is refused with the limit', async () => {
  const path = join(dir, 'x'.repeat(120))
  await expect(listen(path)).rejects.toMatchObject({
    code: 'STATE_UNUSABLE',
    message: `expected a socket path of at most 107 bytes, got ${path}; choose a shorter directory`,
  })
})

test('a directory that cannot be made is named', async () => {
  writeFileSync(join(dir, 'file'), '')
  const path = join(dir, 'file', 'sub', 's')
  await expect(listen(path)).rejects.toMatchObject({
    code: 'STATE_UNUSABLE',
    message: expect.stringContaining(`cannot listen on ${path}: ENOTDIR`),
  })
})
