import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { shippedPackages } from '../sbom.ts'

/** The licence of the program, and of everything that is in its executable, each with its text where the package brings it. */
export function copyright(root: string): string {
  const folders = shippedPackages().map(({ path }) => join(root, path))
  const own = readFileSync(join(root, 'LICENSE'), 'utf8')
  const node = 'Node.js, in the executable: MIT, with the licences of its parts: https://github.com/nodejs/node/blob/main/LICENSE'
  const libatomic = 'libatomic.so.1, beside it: GPL-3+ with the GCC Runtime Library Exception, unchanged from Debian: https://gcc.gnu.org'
  return [`sipguard\n\n${own.trim()}`, node, libatomic, ...folders.map((folder) => licenceOf(root, folder))].join(
    `\n\n${'-'.repeat(78)}\n\n`,
  )
}

function licenceOf(root: string, folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>
  const [file] = globSync('LICEN[CS]E*', { cwd: folder })
  const text = file === undefined ? `(${relative(root, folder)} brings no text)` : readFileSync(join(folder, file), 'utf8').trim()
  return `${name} ${version}: ${license}\n\n${text}`
}
