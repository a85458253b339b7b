import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What a small Debian server has, of which the tests need something. */
const PACKAGES = ['nftables', 'systemd', 'procps', 'man-db']

/** A Debian of its own, in a network namespace of its own: no Node, no systemd that runs. */
export interface FreshRoot {
  readonly dir: string
  /** Runs a program there to its end, with its output. @throws where it fails */
  run(...argv: string[]): string
  /** The same, with its status. */
  attempt(...argv: string[]): { readonly status: number | null; readonly out: string; readonly err: string }
  /** Runs a program on a terminal, where somebody types this; plain words only. @throws where it fails */
  type(typed: string, ...words: string[]): string
  start(argv: readonly string[], env: Readonly<Record<string, string>>): ChildProcess
  write(path: string, text: string): void
  remove(): void
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

export function makeFreshRoot(): FreshRoot {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-root-'))
  const namespace = `sgdeb${process.pid}`
  const suite = execFileSync('sh', ['-c', '. /etc/os-release && printf %s "$VERSION_CODENAME"'], { encoding: 'utf8' })
  execFileSync('debootstrap', ['--variant=minbase', `--include=${PACKAGES.join(',')}`, suite, dir], { stdio: 'ignore' })
  chmodSync(dir, 0o755)
  execFileSync('ip', ['netns', 'add', namespace])
  execFileSync('mount', ['-t', 'proc', 'proc', join(dir, 'proc')])
  const inside = (argv: readonly string[]) => ['netns', 'exec', namespace, 'chroot', dir, ...argv]
  const env = { PATH, LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }
  return {
    dir,
    run: (...argv) => execFileSync('ip', inside(argv), { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }),
    attempt(...argv) {
      const { status, stdout, stderr } = spawnSync('ip', inside(argv), { encoding: 'utf8', env })
      return { status, out: stdout, err: stderr }
    },
    type: (typed, ...words) =>
      execFileSync('script', ['-qec', ['ip', ...inside(words)].join(' '), '/dev/null'], { encoding: 'utf8', env, input: typed }),
    start: (argv, more) => spawn('ip', inside(argv), { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] }),
    write(path, text) {
      const whole = join(dir, path)
      mkdirSync(dirname(whole), { recursive: true })
      writeFileSync(whole, text)
    },
    remove() {
      spawnSync('umount', [join(dir, 'proc')])
      spawnSync('ip', ['netns', 'del', namespace])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
