import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/index.ts'
import { parse, words } from './command-lines.ts'
import { anchors, BLOCKS, PAGES, proseOf, readPage, root } from './docs-pages.ts'

/** What a reader copies from the pages works. */

/** A command line of ours, at the start, behind `node`, a pipe, or the `=` of a unit or of Fail2Ban's configuration. */
const COMMAND = /(?:^|\| |&& |\bnode |= ?)(?:\S*\/)?sipguard(?:\.js)? (.+)$/
const LINES = BLOCKS.filter(({ language }) => ['sh', 'ini', 'yaml'].includes(language)).flatMap(({ page, text }) =>
  text.split('\n').flatMap((line) => {
    const found = COMMAND.exec(line)?.[1]
    return found === undefined ? [] : [{ page, line: found }]
  }),
)

describe('command lines', () => {
  test('are what the program understands', () => {
    const refused = LINES.flatMap(({ page, line }) => {
      try {
        parse(words(line))
        return []
      } catch (error) {
        return [`${page}: sipguard ${line}: ${(error as Error).message}`]
      }
    })
    expect(refused).toEqual([])
    expect(LINES.length).toBeGreaterThan(40)
  })

  test('a wrong option would be noticed', () => {
    expect(() => parse(words('watch --enforced nftables'))).toThrow("unknown option '--enforced'")
  })
})

describe('configuration examples', () => {
  const configurations = BLOCKS.filter(
    ({ language, text }) => language === 'yaml' && /^# \S*sipguard\.yaml$/m.test(text.split('\n')[0] ?? ''),
  )

  test('are valid', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sipguard-docs-'))
    const file = join(dir, 'sipguard.yaml')
    for (const { page, text } of configurations) {
      writeFileSync(file, text)
      expect(() => loadConfig(file), page).not.toThrow()
    }
    rmSync(dir, { recursive: true })
    expect(configurations.length).toBeGreaterThan(3)
  })

  test('JSON examples are JSON, one object a line', () => {
    const json = BLOCKS.filter(({ language }) => language === 'json').flatMap(({ text }) => text.trim().split('\n'))
    expect(json.length).toBeGreaterThan(2)
    for (const line of json) expect(typeof JSON.parse(line), line).toBe('object')
  })
})

describe('links', () => {
  const links = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => (/^[a-z]+:/.test(target) ? [] : [{ page, target }])),
  )

  test('between the pages lead somewhere', () => {
    const broken = links.filter(({ page, target }) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(file).has(anchor))
    })
    expect(broken).toEqual([])
    expect(links.length).toBeGreaterThan(50)
  })

  test('every page is in the index', () => {
    const index = readPage('docs/README.md')
    const decisions = readPage('docs/decisions/README.md')
    for (const page of PAGES) {
      const name = page.replace(/^docs\/(?:decisions\/)?/, '')
      if (/^docs\/[^/]+$/.test(page) && name !== 'README.md') expect(index, page).toContain(`(${name})`)
      if (/^docs\/decisions\/\d/.test(page)) expect(decisions, page).toContain(`(${name})`)
    }
  })
})

describe('README.md', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

  test('names the two commands, and every npm script that a page names is there', () => {
    expect(readPage('README.md')).toContain('\nnpm install && npm start\n')
    expect(readPage('README.md')).toContain('\nnpm install && npm test\n')
    const named = PAGES.flatMap((page) =>
      [...readPage(page).matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? short),
    )
    expect(named.filter((name) => !scripts[name as string])).toEqual([])
  })

  test('has a picture that runs no script and asks for nothing from elsewhere', () => {
    const svg = readFileSync(join(root, 'docs/watch.svg'), 'utf8')
    expect(svg).toMatch(/^<svg /)
    expect(svg).not.toMatch(/<script|<foreignObject|<image|href|@import|url\(|\bon\w+=/i)
    for (const word of ['Found', 'Ban', 'sipguard status', 'What would be in the firewall']) expect(svg).toContain(word)
  })
})
