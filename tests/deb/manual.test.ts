import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { manualPages } from '../../scripts/deb/manual.ts'
import { markdownBody } from '../../scripts/deb/markdown-manual.ts'
import { examplesOf } from '../../src/cli/examples.ts'
import { commandTree, createProgram } from '../command-lines.ts'
import { firstCodes, readPage } from '../docs-pages.ts'
import { needs } from '../require.ts'

const dir = mkdtempSync(join(tmpdir(), 'sipguard-manual-'))
afterAll(() => rmSync(dir, { recursive: true }))

const pages = manualPages(createProgram(), readPage('docs/configuration.md'), { version: '0.1.0', date: '2026-01-15' }).map((page) => {
  const path = join(dir, page.name)
  writeFileSync(path, page.text)
  return { name: page.name, path }
})

/** As a terminal of 120 columns shows it, without backspaces. */
function rendered(path: string): string {
  const env = { ...process.env, MANWIDTH: '120', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: undefined }
  const { status, stdout, stderr } = spawnSync('man', ['-l', '--warnings', '-E', 'UTF-8', path], { encoding: 'utf8', env })
  expect([status, stderr]).toEqual([0, ''])
  return stdout.replaceAll(/.\x08/g, '')
}

describe.skipIf(needs('man', 'mandoc'))('the manual pages', () => {
  test.each(pages)('$name renders without a warning, in groff and in mandoc', ({ path }) => {
    expect(rendered(path)).toMatch(/^SIPGUARD/)
    const { status, stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', path], { encoding: 'utf8' })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })
  test('sipguard(1) has every command with its options and examples', () => {
    const text = rendered(pages[0]!.path)
    for (const [path, command] of commandTree()) {
      if (command.commands.length > 0) continue
      const from = text.search(new RegExp(`^ {3}sipguard ${path}\\b(?!-)`, 'm'))
      expect(from, path).toBeGreaterThan(0)
      const [own = ''] = text.slice(from + 1).split(/^ {3}sipguard |^[A-Z]/m)
      for (const { flags } of command.options) expect(own, path).toContain(flags)
      for (const line of examplesOf(command)) expect(own, path).toContain(`sipguard ${line}`)
    }
    for (const section of ['OPTIONS', 'GUARD, AND LOOK AT WHAT IS DONE', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO'])
      expect(text).toMatch(new RegExp(`^${section}$`, 'm'))
  })
  test('sipguard.yaml(5) has every key of the reference', () => {
    const text = rendered(pages[1]!.path)
    const keys = firstCodes(readPage('docs/configuration.md'))
    expect(keys.length).toBeGreaterThan(50)
    for (const key of keys) expect(text).toMatch(new RegExp(`^ +${RegExp.escape(key)}`, 'm'))
    expect(text).not.toMatch(/[`|]\s|\*\*|\]\(/)
  })
})

test('what a page holds cannot become a request of roff', () => {
  const body = markdownBody(
    "# T\n\n<!-- c -->\n.so /etc/passwd\n'ds x y\n\n| key | effect |\n|---|---|\n| `.a` \\| b | \\n |\n\n```\n.sy id\n```\n",
  )
  expect(body).toEqual([
    '\\&.so /etc/passwd',
    "\\&'ds x y",
    '.TP',
    '\\fB\\&.a\\fR | b',
    '\\fIeffect\\fR: \\en',
    '.PP',
    '.RS 4',
    '.nf',
    '\\&.sy id',
    '.fi',
    '.RE',
  ])
})
