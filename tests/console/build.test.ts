import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsole } from './chromium.ts'

/** Of all files together, gzipped. */
const MOST_BYTES = 150 * 1024

describe('the built console', () => {
  const dist = mkdtempSync(join(tmpdir(), 'sipguard-console-'))
  beforeAll(() => buildConsole(dist))
  afterAll(() => rmSync(dist, { recursive: true }))
  const files = () => globSync('**/*.*', { cwd: dist })
  const read = (file: string) => readFileSync(join(dist, file), 'utf8')

  test('is small', () => {
    const bytes = files().reduce((sum, file) => sum + gzipSync(read(file)).length, 0)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(MOST_BYTES)
  })

  test('has nothing inline, for the policy refuses it', () => {
    const html = read('index.html')
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|data:/)
    expect(read(files().find((file) => file.endsWith('.css')) as string)).not.toContain('data:')
  })

  test('asks for nothing from elsewhere', () => {
    for (const file of files()) {
      const urls = [...read(file).matchAll(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}[^"'\s)]*/gi)].map(([url]) => url)
      expect(
        urls.filter((url) => !url.startsWith('http://www.w3.org/')),
        file,
      ).toEqual([])
    }
  })

  test('has a name for each file but the page that changes with what is in it', () => {
    for (const file of files()) expect(file).toMatch(/^index\.html$|^assets\/[\w-]+-[\w-]{8}\.\w+$/)
  })
})
