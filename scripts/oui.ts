/**
 * Writes share/oui.txt.gz anew: whom IEEE gave which prefix of MAC addresses, by way of the npm package oui-data.
 * Run it again when that package was updated: node scripts/oui.ts. tests/phones/vendor.test.ts fails until then.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packageRoot } from '../src/config/index.ts'
import { writeVendors } from '../src/phones/vendor.ts'

export function ouiTable(): string {
  const require = createRequire(import.meta.url)
  const table = require.resolve('oui-data')
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
  const { version, license } = read(join(dirname(table), 'package.json'))
  return writeVendors(read(table), `IEEE MA-L, MA-M and MA-S, by way of the npm package oui-data ${version} (${license})`)
}

if (import.meta.main) writeFileSync(join(packageRoot, 'share/oui.txt.gz'), gzipSync(ouiTable(), { level: 9 }))
