import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { configurationText, propose } from '../../src/init/index.ts'
import { createTree } from '../../src/servers/tree.ts'

/** fixtures/init/NAME/ is the root of a machine; what is proposed for it is fixtures/init/NAME.yaml. */
const FIXTURES = join(import.meta.dirname, '../../fixtures/init')
const NAMES = readdirSync(FIXTURES).filter((name) => !name.endsWith('.yaml'))

const dir = mkdtempSync(join(tmpdir(), 'sipguard-init-'))
afterAll(() => rmSync(dir, { recursive: true }))

test.each(NAMES)('for %s the configuration has its logs and its neighbours, each with its place, and is valid', async (name) => {
  // Git knows no groups: every log of a fixture is somebody's.
  const tree = createTree(join(FIXTURES, name))
  const facts = (path: string) => {
    const found = tree.facts(path)
    return found && { ...found, gid: 0 }
  }
  const text = configurationText(propose({ ...tree, facts }, '198.51.100.20'))
  await expect(text).toMatchFileSnapshot(join(FIXTURES, `${name}.yaml`))
  expect(text).not.toMatch(/SECRET/)
  const file = join(dir, `${name}.yaml`)
  writeFileSync(file, text)
  const { enforce, ignoreip, sources } = loadConfig(file)
  expect({ enforce, ignoreip }).toEqual({ enforce: 'none', ignoreip: ['198.51.100.20'] })
  expect(sources.length).toBeGreaterThan(0)
})

test('there is a fixture for each of the four servers, and one of several', () => {
  expect(NAMES).toEqual(['asterisk', 'freeswitch', 'kamailio', 'mixed', 'opensips'])
})
