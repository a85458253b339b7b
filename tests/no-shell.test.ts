import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './sipguard.ts'

/** What a caller wrote into a line must never reach a shell. */

const FILES = globSync('{src,bin}/**/*.{ts,tsx,js}', { cwd: root })
const read = (file: string) => readFileSync(join(root, file), 'utf8')

test('programs are started with a list of arguments, by functions that know no shell', () => {
  const imported = FILES.flatMap((file) =>
    [...read(file).matchAll(/import (.+) from 'node:child_process'/g)].flatMap(([, names = '']) =>
      names
        .replace(/[{}]/g, '')
        .split(',')
        .map((name) => name.replace(/\btype\b/, '').trim()),
    ),
  )
  expect(new Set(imported)).toEqual(new Set(imported.filter((name) => /^(?:spawn|execFile|fork|[A-Z]\w+)$/.test(name))))
  expect(imported).toContain('spawn')
})

test('no shell is asked for', () => {
  const shells = /\bshell: (?:true|["'`]\/)|\b(?:spawn|execFile)\(\s*['"`](?:\/bin\/)?(?:ba|da|z)?sh\b|child_process'\)/
  expect(FILES.filter((file) => shells.test(read(file)))).toEqual([])
  for (const asking of ["spawn('sh', ['-c', text])", 'spawn(text, { shell: true })', "execFile(text, { shell: '/bin/bash' })"]) {
    expect(shells.test(asking), asking).toBe(true)
  }
})
