import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, globSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Debian's names for architectures, as npm's packages of Node have them. */
const NPM_NAMES: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' }
const TRIPLETS: Readonly<Record<string, string>> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }
/** The Node of this version for an architecture: the one that runs, or the npm package's, which comes to lie in `dir`. */
export function nodeFor(arch: string, dir: string): string {
  const name = NPM_NAMES[arch]
  if (name === undefined) throw new Error(`expected one of the architectures ${Object.keys(NPM_NAMES).join(', ')}, got ${arch}`)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  return name === process.arch ? process.execPath : download(`node-linux-${name}@${process.version.slice(1)}`, dir)
}

function download(packed: string, dir: string): string {
  const archive = execFileSync('npm', ['pack', packed, '--silent', '--pack-destination', dir], { encoding: 'utf8' }).trim()
  execFileSync('tar', ['-xzf', join(dir, archive), '-C', dir, 'package/bin/node'])
  return join(dir, 'package/bin/node')
}

/**
 * Gives an executable GCC's libatomic of its architecture, which a small Debian does not have: from the Debian that builds, or from Debian's
 * package by way of `dir`.
 */
export function bringLibatomic(arch: string, dir: string, executable: string, to: string): void {
  execFileSync('patchelf', ['--set-rpath', `$ORIGIN/${relative(dirname(executable), dirname(to))}`, executable])
  const library = join('usr/lib', TRIPLETS[arch] as string, 'libatomic.so.1')
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(existsSync(join('/', library)) ? join('/', library) : join(unpacked('libatomic1', arch, dir), library), to)
}

/** Where Debian's package of another architecture is unpacked; the lists of this machine's apt stay as they are. */
function unpacked(name: string, arch: string, dir: string): string {
  const lists = join(dir, 'lists')
  mkdirSync(join(lists, 'partial'), { recursive: true })
  const settings = [`APT::Architecture=${arch}`, `APT::Architectures::=${arch}`, `Dir::State::lists=${lists}`, `Dir::Cache=${dir}`]
  const apt = ['-qq', ...settings.flatMap((setting) => ['-o', setting])]
  for (const command of [['update'], ['download', name]]) {
    execFileSync('apt-get', [...apt, ...command], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const [archive] = globSync('*.deb', { cwd: dir })
  execFileSync('dpkg-deb', ['-x', join(dir, archive as string), dir])
  return dir
}
