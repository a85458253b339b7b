import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, daemonSocket, defaultStateDir, socketCandidates } from '../../src/cli/client.ts'
import { startFakeDaemon } from '../api/fake-daemon.ts'
import { needs } from '../require.ts'

beforeEach(() => {
  for (const name of ['STATE_DIRECTORY', 'RUNTIME_DIRECTORY', 'XDG_STATE_HOME']) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})
const asUser = (uid: number) => vi.spyOn(process, 'getuid').mockReturnValue(uid)

describe('where the state is', () => {
  test("systemd's directory comes first, of several the first", () => {
    vi.stubEnv('STATE_DIRECTORY', '/var/lib/one:/var/lib/two')
    expect(defaultStateDir()).toBe('/var/lib/one')
  })
  test('root has it in /var/lib', () => {
    asUser(0)
    expect(defaultStateDir()).toBe('/var/lib/sipguard')
  })
  test('a user has it under XDG_STATE_HOME, a relative one is ignored', () => {
    asUser(1000)
    expect(defaultStateDir()).toBe(join(homedir(), '.local/state/sipguard'))
    vi.stubEnv('XDG_STATE_HOME', '/home/u/state')
    expect(defaultStateDir()).toBe('/home/u/state/sipguard')
    vi.stubEnv('XDG_STATE_HOME', 'state')
    expect(defaultStateDir()).toBe(join(homedir(), '.local/state/sipguard'))
  })
})

describe('where the socket is', () => {
  test('--socket wins over --state, --state over the defaults', () => {
    asUser(0)
    expect(socketCandidates({ socket: 'x.sock', state: '/s' })).toEqual([resolve('x.sock')])
    expect(socketCandidates({ state: '/s' })).toEqual(['/s/sipguard.sock'])
    expect(socketCandidates({})).toEqual(['/run/sipguard/sipguard.sock', '/var/lib/sipguard/sipguard.sock'])
  })
  test('the daemon makes it where a command looks', () => {
    asUser(0)
    expect(daemonSocket('/s')).toBe('/s/sipguard.sock')
    expect(daemonSocket(undefined)).toBe('/var/lib/sipguard/sipguard.sock')
    vi.stubEnv('RUNTIME_DIRECTORY', '/run/sipguard')
    expect(daemonSocket(undefined)).toBe('/run/sipguard/sipguard.sock')
    expect(daemonSocket('/s')).toBe('/s/sipguard.sock')
  })
})

describe('what goes wrong', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sipguard-client-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  async function answering(status: number, body: string) {
    const socket = join(dir, 's')
    const server = createServer((_request, response) => response.writeHead(status).end(body))
    await new Promise<void>((done) => server.listen(socket, done))
    try {
      return await createClient({ socket }).call('GET', '/')
    } finally {
      await new Promise((done) => server.close(done))
    }
  }

  test('an empty --socket is a path like any other, never a TCP port', async () => {
    await expect(createClient({ socket: '' }).call('GET', '/')).rejects.toMatchObject({ code: 'DAEMON_NOT_RUNNING', exitStatus: 3 })
  })
  test('the second candidate is asked when the first is not there', async () => {
    const daemon = await startFakeDaemon()
    vi.stubEnv('STATE_DIRECTORY', daemon.stateDir)
    try {
      expect(await createClient({}).call('GET', '/healthz')).toEqual({ status: 'ok' })
    } finally {
      await daemon.stop()
    }
  })
  test('a daemon that was killed is not running', async () => {
    const socket = join(dir, 's')
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    await expect(createClient({ socket }).call('GET', '/')).rejects.toMatchObject({ code: 'DAEMON_NOT_RUNNING' })
  })
  test('an error that the daemon tells keeps its code', async () => {
    await expect(answering(400, '{"error":{"code":"USAGE","message":"no such jail"}}')).rejects.toMatchObject({
      code: 'USAGE',
      message: 'no such jail',
    })
  })
  test.each(['toString', 'NOT_FOUND', '__proto__'])('the code %s, which is none of ours, is a refusal', async (code) => {
    await expect(answering(404, `{"error":{"code":"${code}","message":"m"}}`)).rejects.toMatchObject({
      code: 'DAEMON_REFUSED',
      exitStatus: 1,
    })
  })
  test.each(['null', '[]', '{"error":null}'])('an error without words, %s, tells the status', async (body) => {
    await expect(answering(500, body)).rejects.toMatchObject({ code: 'DAEMON_REFUSED', message: 'the daemon answered 500' })
  })
  test('something else on the socket is named as such', async () => {
    await expect(answering(200, '<html>')).rejects.toMatchObject({
      code: 'DAEMON_REFUSED',
      message: `what answers on ${join(dir, 's')} is not sipguard`,
    })
  })
  test('a daemon that breaks off is a refusal', async () => {
    const socket = join(dir, 's')
    const server = createServer((request) => request.socket.destroy())
    await new Promise<void>((done) => server.listen(socket, done))
    await expect(createClient({ socket }).call('GET', '/')).rejects.toMatchObject({
      code: 'DAEMON_REFUSED',
      message: `the daemon on ${socket} broke off: socket hang up`,
    })
    await new Promise((done) => server.close(done))
  })

  describe.skipIf(needs('root'))('as another user', () => {
    test('a socket that may not be used is no daemon that is not running', async () => {
      const daemon = await startFakeDaemon()
      chmodSync(daemon.stateDir, 0o755)
      chmodSync(daemon.socket, 0o600)
      process.seteuid?.(65534)
      try {
        await expect(createClient({ socket: daemon.socket }).call('GET', '/')).rejects.toMatchObject({
          code: 'DAEMON_REFUSED',
          message: `no permission to use ${daemon.socket}: run this as root, or as a member of the group that owns the socket`,
        })
      } finally {
        process.seteuid?.(0)
        await daemon.stop()
      }
    })
  })
})
