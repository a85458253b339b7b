import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, globSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, until } from '../fleet/redis-server.ts'

/** Debian keeps it off the path, a directory for each version; the newest is taken. */
export const POSTGRES = globSync('/usr/lib/postgresql/*/bin/postgres').sort().at(-1) ?? 'postgres'

export interface PostgresServer {
  readonly port: number
  /** Of a database of its own, which is made at the first call with this name; of a superuser, over TCP on loopback. */
  url(database: string): Promise<string>
  /** kill -9 of every process of it; resolves when they are gone. Nothing happens where it is not running. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what it had committed; resolves when it answers. */
  start(): Promise<void>
  /** Ends it and removes its directory. */
  close(): Promise<void>
}

/** A real PostgreSQL of its own on a free loopback port, in a temporary directory. It refuses to be root's: needs root to be another. */
export async function startPostgres(): Promise<PostgresServer> {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-postgres-'))
  const data = join(dir, 'data')
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const owner = { uid: id('-u'), gid: id('-g') }
  chownSync(dir, owner.uid, owner.gid)
  // LC_ALL=C sorts by bytes everywhere but for what says otherwise; UTF-8 is what Debian makes.
  const setting = { ...owner, cwd: dir, env: { ...process.env, LC_ALL: 'C' } }
  const auth = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  execFileSync(join(POSTGRES, '../initdb'), [`--pgdata=${data}`, ...auth], { ...setting, stdio: 'ignore' })
  const made = new Set(['postgres'])
  let child: ChildProcess | null = null

  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`

  async function query(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: urlOf('postgres'), connectionTimeoutMillis: 5000 })
    client.on('error', () => {})
    await client.connect()
    await client.query(text).finally(() => client.end())
  }

  async function kill(): Promise<void> {
    const running = child
    child = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
    // Its children notice that it is gone and end; until then they hold its shared memory.
    await until(() => spawnedBy(data).length === 0, 'the processes of PostgreSQL to end')
  }

  async function start(): Promise<void> {
    // fsync would make each commit wait for the disk; kill -9 loses nothing without it, only a power cut would.
    const place = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`]
    const small = ['-c', 'fsync=off', '-c', 'shared_buffers=16MB', '-c', 'max_connections=40']
    const started = spawn(POSTGRES, [...place, ...small], { ...setting, stdio: 'ignore' })
    child = started
    await until(async () => {
      if (started.exitCode !== null) throw new Error(`postgres ended with ${started.exitCode}`)
      return query('SELECT 1').then(
        () => true,
        () => false,
      )
    }, `PostgreSQL on port ${port} to answer`)
  }

  await start()
  return {
    port,
    async url(database) {
      if (!made.has(database)) await query(`CREATE DATABASE "${database}"`)
      made.add(database)
      return urlOf(database)
    },
    kill,
    start,
    async close() {
      await kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Processes whose working directory it is: all of PostgreSQL's go there. */
function spawnedBy(directory: string): string[] {
  return globSync('/proc/[0-9]*/cwd').filter((link) => {
    try {
      return readlinkSync(link) === directory
    } catch {
      return false
    }
  })
}
