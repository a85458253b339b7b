import { appendFileSync, cpSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { planLookFully } from '../../src/classify/plan-look.ts'
import { loadConfig, loadShippedFilters, packageRoot } from '../../src/config/index.ts'
import { PREPARED, PREPARED_LOOK, prepare, preparedConfig, preparedLook, prepareLook } from '../../src/config/prepared.ts'
import type { Filter } from '../../src/config/types.ts'
import { storeLookPlan } from '../../src/pattern/look-plan.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()

/** A package of one's own, whose files may be changed. */
function copyOfPackage(): string {
  const root = newDirectory()
  for (const folder of ['filters', 'jails']) cpSync(join(packageRoot, folder), join(root, folder), { recursive: true })
  return root
}

describe('the prepared configuration', () => {
  test('is what the shipped files say', () => {
    const isCurrent = readFileSync(join(packageRoot, PREPARED), 'utf8') === prepare(loadConfig(null))
    expect(isCurrent, 'run node scripts/prepared.ts').toBe(true)
    expect(preparedConfig()).toStrictEqual(loadConfig(null))
  })

  test('names the filters of the package that it is asked for', () => {
    const root = copyOfPackage()
    const paths = preparedConfig(root)?.filters.map(({ path }) => path)
    expect(paths).toEqual(['asterisk', 'freeswitch', 'kamailio', 'opensips'].map((name) => join(root, 'filters', `${name}.yaml`)))
  })

  test.each([
    ['filter', 'filters/opensips.yaml'],
    ['jail', 'jails/sip-auth.yaml'],
  ])('does not hold where a %s was changed', (_, file) => {
    const root = copyOfPackage()
    appendFileSync(join(root, file), '# changed\n')
    expect(preparedConfig(root)).toBeNull()
  })

  test('does not hold where a file was added, taken away or renamed', () => {
    const [added, renamed] = [copyOfPackage(), copyOfPackage()]
    cpSync(join(added, 'jails/sip-auth.yaml'), join(added, 'jails/own.yaml'))
    renameSync(join(renamed, 'jails/sip-rate.yaml'), join(renamed, 'jails/sip-rate.yml'))
    expect([preparedConfig(added), preparedConfig(renamed)]).toEqual([null, null])
    renameSync(join(renamed, 'jails/sip-rate.yml'), join(renamed, 'sip-rate.yaml'))
    expect(preparedConfig(renamed)).toBeNull()
  })
})

describe('the prepared look', () => {
  const filters = loadShippedFilters()

  test('is what the shipped filters come to', () => {
    const isCurrent =
      readFileSync(join(packageRoot, PREPARED_LOOK), 'utf8') === prepareLook(filters, storeLookPlan(planLookFully(filters)!))
    expect(isCurrent, 'run node scripts/prepared.ts').toBe(true)
  })

  test('holds for these filters, wherever they were read from', () => {
    expect(preparedLook(filters)).toMatchObject({ apart: true })
    expect(preparedLook(filters.map((filter) => ({ ...filter, path: '/etc/own.yaml' })))).not.toBeNull()
  })

  test('does not hold for others: one rule changed, one filter fewer, another order', () => {
    const [first, ...rest] = filters as [Filter, ...Filter[]]
    const changed = { ...first, rules: first.rules.map((rule, index) => (index === 3 ? { ...rule, verdict: 'runtime' as const } : rule)) }
    for (const others of [[changed, ...rest], rest, [...rest, first], []]) expect(preparedLook(others)).toBeNull()
  })

  test('stays that of the program that runs, whatever has taken the place of its file: a reload must not end the daemon', async () => {
    const contents = [readFileSync(join(packageRoot, PREPARED_LOOK)), Buffer.from('of another version')]
    vi.resetModules()
    vi.doMock('../../src/packaged.ts', () => ({ packageRoot, readFile: () => contents.shift()! }))
    onTestFinished(() => {
      vi.doUnmock('../../src/packaged.ts')
      vi.resetModules()
    })
    const { preparedLook } = await import('../../src/config/prepared.ts')
    const atStart = preparedLook(filters)
    expect(atStart).not.toBeNull()
    expect(preparedLook(filters)).toEqual(atStart)
  })
})
