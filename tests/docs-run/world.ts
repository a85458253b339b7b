import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { finish, type Run, root } from '../sipguard.ts'

/** A copy of this machine: what is written there is gone with it, nothing in it reaches a network, and its processes end with it. */
export interface World {
  write(path: string, content: string | Buffer, mode?: string): Promise<void>
  /** Runs a program there to its end. */
  run(argv: readonly string[], options?: { readonly folder?: string; readonly input?: string | Buffer }): Promise<Run>
  remove(): Promise<void>
}

/**
 * The root directory is this machine's with all writing into memory; its logs, sockets and programs' states are of its own.
 * From here on, this machine's own is read-only for whatever should lead past the copy.
 */
const SETUP = `
set -e
hostname sbc1
ip link set lo up
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -o remount,ro,bind /
cd "$1/root"
if [ ! -e "./$2/package.json" ]; then
  mkdir -p "./$2" "$1/upper-2" "$1/work-2"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper-2,workdir=$1/work-2" "./$2"
fi
mount --rbind /dev dev
mount -t proc proc proc
for fresh in run var/log var/lib/sipguard var/backups etc/sipguard etc/kamailio etc/asterisk etc/opensips etc/freeswitch; do
  mkdir -p "$fresh"
  mount -t tmpfs tmpfs "$fresh"
done
printf '#!/bin/sh\\nexec "%s" "%s/bin/sipguard.js" "$@"\\n' "$3" "$2" >usr/bin/sipguard
chmod 0755 usr/bin/sipguard
touch run/copy
# The first process: it reaps those whose parent has ended, and ends, with all the others, when nobody holds its standard input any more.
exec chroot . bash -c 'echo ready; read'
`

/** Before each program: what is not the copy is left alone, whatever has become of the process that stands for it. */
const IN_THE_COPY = ['sh', '-c', '[ -e /run/copy ] && exec "$@"', 'sh']

const WRITE = `mkdir -p "\${1%/*}"; cat >"$1"; chmod "$2" "$1"`

export const HOME = '/root'

const ENV = { HOME, LANG: 'C.UTF-8', TERM: 'dumb' }

export async function makeWorld(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-world-'))
  const apart = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork', '--kill-child']
  const keeper = spawn('unshare', [...apart, 'bash', '-c', SETUP, 'bash', dir, root, process.execPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(keeper, 'exit')
  await Promise.race([
    once(keeper.stdout, 'data'),
    ended.then(([status]) => Promise.reject(new Error(`no world could be made: unshare ended with ${status}`))),
  ])
  const first = readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, 'utf8').trim()
  const rootOf = join('/proc', first, 'root')
  const inside = ['--target', first, '--mount', '--net', '--uts', '--ipc', '--pid', `--root=${rootOf}`]
  const env = { ...ENV, PATH: `/usr/local/bin:${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin` }
  const run: World['run'] = (argv, { folder = HOME, input } = {}) => {
    const stdin = input === undefined ? 'ignore' : 'pipe'
    const child = spawn('nsenter', [...inside, `--wd=${join(rootOf, folder)}`, ...IN_THE_COPY, ...argv], {
      env,
      stdio: [stdin, 'pipe', 'pipe'],
    })
    child.stdin?.end(input)
    return finish(child)
  }
  return {
    run,
    async write(path, content, mode = '0644') {
      const { status, err } = await run(['sh', '-ec', WRITE, 'sh', path, mode], { input: content })
      if (status !== 0) throw new Error(err)
    },
    async remove() {
      keeper.stdin.end()
      await ended
      rmSync(dir, { recursive: true })
    },
  }
}
