import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []
afterAll(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true })
})

/** A folder with these files, gone after the tests. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-import-'))
  made.push(dir)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

/** An installation with one enabled jail and its filter. */
export const oneJail = (definition: string, options = ''): Record<string, string> => ({
  'jail.conf': `[opensips-own]\nenabled = true\nfilter = own\nlogpath = /var/log/opensips.log\n${options}`,
  'filter.d/own.conf': `[Definition]\n${definition}`,
})
