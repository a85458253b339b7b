import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LONGEST_WAIT_MS = 20_000

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** kill -9; resolves when the process is gone. Nothing happens where it is not running. */
  kill(): Promise<void>
  /** Starts it again on the same port. What it kept is there again only if it is `durable`; `empty` throws that away too. */
  start(options?: { empty?: boolean }): Promise<void>
  /** Ends it and removes its directory. */
  close(): Promise<void>
}

export interface RedisServerOptions {
  /** Writes an append-only file, so that what it acknowledged outlives kill -9. Default: everything is in memory only. */
  readonly durable?: boolean
  /** More of the command line, such as `--maxmemory 10mb`. */
  readonly args?: readonly string[]
  /** Put before the command, `['ip', 'netns', 'exec', 'NAME']`; `url` then holds inside only. */
  readonly prefix?: readonly string[]
}

/** A real redis-server of its own on a free loopback port, in a temporary directory. */
export async function startRedis({ durable = false, args = [], prefix = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-redis-'))
  /** Leads there from every network namespace. */
  const socket = join(dir, 'redis.sock')
  let child: ChildProcess | null = null

  async function kill(): Promise<void> {
    const running = child
    child = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }

  async function start({ empty = false } = {}): Promise<void> {
    if (empty) for (const kept of ['appendonlydir', 'dump.rdb']) rmSync(join(dir, kept), { recursive: true, force: true })
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', socket, '--dir', dir]
    const kept = ['--save', '', '--appendonly', durable ? 'yes' : 'no']
    const [program, ...rest] = [...prefix, 'redis-server', ...place, ...kept, ...args] as [string, ...string[]]
    const started = spawn(program, rest, { stdio: 'ignore' })
    child = started
    await until(() => {
      if (started.exitCode !== null) throw new Error(`redis-server ended with ${started.exitCode}`)
      return answers(socket)
    }, `redis-server on port ${port} to answer`)
  }

  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    async close() {
      await kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A real Redis Cluster of three masters on loopback. */
export async function startCluster(): Promise<{ servers: RedisServer[]; urls: string[]; close(): Promise<void> }> {
  const servers = await Promise.all(
    [1, 2, 3].map(async () => {
      const bus = String(await freePort())
      return startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-node-timeout', '2000'] })
    }),
  )
  const close = async () => void (await Promise.all(servers.map((server) => server.close())))
  try {
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { timeout: LONGEST_WAIT_MS })
    for (const { port } of servers) {
      await until(async () => {
        const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info'])
        return stdout.includes('cluster_state:ok') && stdout.includes('cluster_known_nodes:3')
      }, 'the cluster to be whole')
    }
    return { servers, urls: servers.map(({ url }) => url), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits for a condition. @throws where it does not come to be within 20 s, or `longestMs` (`what` is waited for). */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  longestMs = LONGEST_WAIT_MS,
): Promise<void> {
  const lastMs = Date.now() + longestMs
  while (!(await condition())) {
    if (Date.now() > lastMs) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`)
    await sleep(10)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Whether it is there and has loaded what it kept. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write('PING\r\n'))
    socket.on('data', (bytes) => {
      socket.destroy()
      resolve(bytes.toString().startsWith('+PONG'))
    })
    socket.on('error', () => resolve(false))
  })
}
