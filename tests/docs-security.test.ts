import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, rows, section } from './docs-pages.ts'

describe('docs/security.md', () => {
  const stopped = rows(section('docs/security.md', '## What stops them'))

  test.each(stopped)('%s: tests are named that are there', (_threat, _stops, shown = '') => {
    const files = [...shown.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
    expect(files).not.toEqual([])
    expect(files.filter((file) => !/^tests\/\S+\.test\.ts$/.test(file) || !existsSync(join(root, file)))).toEqual([])
  })

  test('tells of more than thirty threats', () => expect(stopped.length).toBeGreaterThan(30))
})
