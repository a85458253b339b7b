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
  isRunning(): boolean
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
  /** TLS only, and `url` says so, for `localhost`. */
  readonly tls?: CertificateFiles
  /** Put before the command, `['ip', 'netns', 'exec', 'NAME']`; `url` then holds inside only. */
  readonly prefix?: readonly string[]
}

/** Of a certificate that is its own authority. */
export interface CertificateFiles {
  readonly key: string
  readonly certificate: string
}

/** A certificate for `localhost`, valid for two days, in this directory. */
export async function makeCertificate(dir: string): Promise<CertificateFiles> {
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await run('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', certificate])
  return { key, certificate }
}

function tlsArguments({ key, certificate }: CertificateFiles): string[] {
  return ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no']
}

/** A real redis-server of its own on a free loopback port, in a temporary directory. */
export async function startRedis({ durable = false, args = [], tls, prefix = [] }: RedisServerOptions = {}): Promise<RedisServer> {
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
    const listening = tls ? ['--port', '0', '--tls-port', String(port), ...tlsArguments(tls)] : ['--port', String(port)]
    const place = [...listening, '--bind', '127.0.0.1', '--unixsocket', socket, '--dir', dir]
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
    url: tls ? `rediss://localhost:${port}` : `redis://127.0.0.1:${port}`,
    isRunning: () => child !== null,
    kill,
    start,
    async close() {
      await kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export interface RedisCluster {
  readonly servers: readonly RedisServer[]
  readonly urls: readonly string[]
  /** The server that is asked for this key now. */
  masterOf(key: string): Promise<RedisServer>
  close(): Promise<void>
}

export interface ClusterOptions {
  /** Each of the three masters has one, on a server of its own. */
  readonly replicas?: boolean
  /** TLS only, to be reached as `localhost`. */
  readonly tls?: CertificateFiles
}

/** A real Redis Cluster of three masters on loopback. */
export async function startCluster({ replicas = false, tls }: ClusterOptions = {}): Promise<RedisCluster> {
  const size = replicas ? 6 : 3
  const servers = await Promise.all(
    Array.from({ length: size }, async () => {
      const bus = String(await freePort())
      const cluster = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        bus,
        '--cluster-node-timeout',
        '2000',
        '--repl-diskless-sync-delay',
        '0',
      ]
      const name = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname', '--tls-cluster', 'yes']
      return startRedis({ args: tls ? [...cluster, ...name] : cluster, ...(tls && { tls }) })
    }),
  )
  const close = async () => void (await Promise.all(servers.map((server) => server.close())))
  const secure = tls ? ['--tls', '--cacert', tls.certificate] : []
  const ask = async (port: number, ...command: string[]) => {
    const { stdout } = await run('redis-cli', [...secure, '-p', String(port), ...command], { timeout: LONGEST_WAIT_MS })
    return stdout
  }
  try {
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
    await ask(servers[0]!.port, '--cluster', 'create', ...addresses, '--cluster-replicas', replicas ? '1' : '0', '--cluster-yes')
    for (const { port } of servers) {
      await until(async () => {
        const info = await ask(port, 'cluster', 'info')
        // A replica that has no copy yet takes nobody's place.
        const copies = !(await ask(port, 'info', 'replication')).includes('master_link_status:down')
        return copies && info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)
      }, 'the cluster to be whole')
    }
    return {
      servers,
      urls: servers.map(({ url }) => url),
      async masterOf(key) {
        const { port } = servers.find(({ isRunning }) => isRunning())!
        const slot = Number(await ask(port, 'cluster', 'keyslot', key))
        const nodes = (await ask(port, 'cluster', 'nodes')).split('\n').map((line) => line.split(' '))
        const owner = nodes.find(([, , flags, , , , , , ...slots]) => {
          const holds = slots.map((range) => range.split('-').map(Number)).some(([from, to = from]) => slot >= from! && slot <= to!)
          return flags!.includes('master') && holds
        })
        const ownPort = Number(/:(\d+)@/.exec(owner?.[1] ?? '')?.[1])
        return servers.find(({ port }) => port === ownPort)!
      },
      close,
    }
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

export async function freePort(): Promise<number> {
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
