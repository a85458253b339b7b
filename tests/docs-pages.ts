import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

/** Every page, by its path below the root. */
export const PAGES: readonly string[] = ['README.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root }).sort()]

export const readPage = (page: string): string => readFileSync(join(root, page), 'utf8')

/** A page without its fenced blocks. */
export const proseOf = (page: string): string => readPage(page).replace(/^```[\s\S]*?^```$/gm, '')

/** The text under one heading, up to the next of the same or a higher level. */
export function section(page: string, heading: string): string {
  const text = readPage(page)
  const mark = /^#+/.exec(heading)?.[0].length ?? 0
  const start = text.split('\n').indexOf(heading)
  if (start < 0) throw new Error(`${page} has no heading '${heading}'`)
  const lines = text.split('\n').slice(start + 1)
  const end = lines.findIndex((line) => new RegExp(`^#{1,${mark}} `).test(line))
  return lines.slice(0, end < 0 ? undefined : end).join('\n')
}

/** The cells of the body rows of all tables in a text. */
export function rows(text: string): string[][] {
  const lines = text.split('\n')
  return lines.flatMap((line, i) => {
    const isBody = line.startsWith('|') && !/^\|[-| :]+\|$/.test(line) && !/^\|[-| :]+\|$/.test(lines[i + 1] ?? '')
    return isBody
      ? [
          line
            .slice(1, -1)
            .split(/(?<!\\)\|/)
            .map((cell) => cell.trim()),
        ]
      : []
  })
}

/** What stands in the first `code` of each row's first cell. */
export const firstCodes = (text: string): string[] => rows(text).flatMap(([cell]) => /^`([^`]+)`/.exec(cell ?? '')?.[1] ?? [])

export interface Block {
  readonly page: string
  readonly language: string
  readonly text: string
  /** Of its first line within the page, from 1. */
  readonly line: number
}

/** All fenced blocks of all pages. */
export const BLOCKS: readonly Block[] = PAGES.flatMap((page) =>
  [...readPage(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: text = '', input, index }) => ({
    ...{ page, language, text },
    line: input.slice(0, index).split('\n').length + 1,
  })),
)

/** As GitHub names the anchor of a heading. */
export function anchors(page: string): Set<string> {
  return new Set(
    [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
