/**
 * `npm run build:deb [-- --arch arm64] [--level 0..9]`: the Debian package, dist/sipguard_VERSION_ARCH.deb. It holds the single executable, and
 * installs with dpkg alone on a Debian 12 without Node. Needs dpkg-deb and patchelf.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { createProgram } from '../../src/cli/main.ts'
import { loadVerbs } from '../../src/cli/verbs/index.ts'
import { buildExecutable } from '../executable/build.ts'
import { sbom } from '../sbom.ts'
import { copyright } from './copyright.ts'
import { manualPages } from './manual.ts'
import { bringLibatomic, nodeFor } from './node-binary.ts'

const root = join(import.meta.dirname, '..', '..')
const own = join(import.meta.dirname, 'files')
const SHELLS = {
  bash: 'usr/share/bash-completion/completions/sipguard',
  zsh: 'usr/share/zsh/vendor-completions/_sipguard',
  fish: 'usr/share/fish/vendor_completions.d/sipguard.fish',
}

const { values } = parseArgs({ options: { arch: { type: 'string', default: 'amd64' }, level: { type: 'string', default: '6' } } })
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const tree = join(root, 'dist/deb')
const nodeDir = join(root, 'dist/node')
const file = join(root, 'dist', `sipguard_${version}_${values.arch}.deb`)

rmSync(tree, { recursive: true, force: true })
const node = nodeFor(values.arch, nodeDir)
await buildExecutable(at('usr/bin/sipguard'), node)
bringLibatomic(values.arch, nodeDir, at('usr/bin/sipguard'), at('usr/lib/sipguard/libatomic.so.1'))
cpSync(join(root, 'share'), at('usr/share/sipguard'), { recursive: true, filter: (path) => !/\/(?:systemd|logrotate)$/.test(path) })
copy(join(root, 'share/systemd/sipguard.service'), 'usr/lib/systemd/system/sipguard.service')
copy(join(own, 'sipguard.yaml'), 'etc/sipguard/sipguard.yaml')
copy(join(root, 'share/logrotate/sipguard'), 'etc/logrotate.d/sipguard')
const configuration = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
for (const page of manualPages(createProgram(await loadVerbs()), configuration, { version, date: today() })) {
  write(`usr/share/man/man${page.section}/${page.name}.gz`, zipped(page.text))
}
for (const [shell, path] of Object.entries(SHELLS)) {
  write(path, execFileSync(process.execPath, [join(root, 'bin/sipguard.js'), 'completion', shell]))
}
copy(join(root, 'README.md'), 'usr/share/doc/sipguard/README.md')
cpSync(join(root, 'docs'), at('usr/share/doc/sipguard/docs'), { recursive: true })
write('usr/share/doc/sipguard/changelog.gz', zipped(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')))
write('usr/share/doc/sipguard/copyright', copyright(root))
write('usr/share/doc/sipguard/sbom.cdx.json', sbom({ node: process.versions.node }))
for (const script of ['postinst', 'prerm', 'postrm']) copy(join(own, script), `DEBIAN/${script}`, 0o755)
write('DEBIAN/conffiles', '/etc/sipguard/sipguard.yaml\n/etc/logrotate.d/sipguard\n')
write('DEBIAN/control', control())
execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', `-z${values.level}`, '--build', tree, file], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
console.log(`${file} (${Math.round(statSync(file).size / 1e6)} MB)`)

function at(path: string): string {
  const whole = join(tree, path)
  mkdirSync(dirname(whole), { recursive: true })
  return whole
}

function copy(from: string, to: string, mode = 0o644): void {
  copyFileSync(from, at(to))
  chmodSync(at(to), mode)
}

function write(to: string, contents: string | Buffer): void {
  writeFileSync(at(to), contents, { mode: 0o644 })
}

/** `2026-01-15`, or the day that a reproducible build names (https://reproducible-builds.org/specs/source-date-epoch/). */
function today(): string {
  const seconds = process.env.SOURCE_DATE_EPOCH
  return new Date(seconds === undefined ? Date.now() : Number(seconds) * 1000).toISOString().slice(0, 10)
}

function zipped(text: string): Buffer {
  return gzipSync(text, { level: 9 })
}

function control(): string {
  const sizes = execFileSync('du', ['-sk', '--exclude=DEBIAN', tree], { encoding: 'utf8' })
  return `Package: sipguard
Version: ${version}
Architecture: ${values.arch}
Maintainer: sipguard <sipguard@localhost>
Section: net
Priority: optional
Installed-Size: ${Number.parseInt(sizes, 10)}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, passwd
Recommends: nftables
Suggests: iptables, ipset, fail2ban
Description: guards SIP servers against brute force, enumeration and floods
 Reads what OpenSIPS, Kamailio, Asterisk and FreeSWITCH log, recognises failed
 registrations, door-knocks and floods, and bans attackers in the kernel's
 firewall. It observes and bans nobody until its configuration says so.
`
}
