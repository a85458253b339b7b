import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const STAGES = ['sources', 'hep', 'classify', 'detect', 'decide', 'enforce', 'state', 'fleet', 'records', 'phones', 'notify']

const FORBIDDEN = [
  ['src/detect/a.ts', '../enforce/index.ts'],
  ['src/classify/a.ts', '../sources/lines.ts'],
  ['src/decide/a.ts', '../pipeline.ts'],
  ['src/decide/c.ts', '../judge.ts'],
  ['src/enforce/a.ts', '../config/index.ts'],
  ['src/state/a.ts', '../daemon/index.ts'],
  ['src/fleet/a.ts', '../decide/index.ts'],
  ['src/records/a.ts', '../phones/mac.ts'],
  ['src/phones/a.ts', '../records/types.ts'],
  ['src/hep/a.ts', '../classify/index.ts'],
] as const
const ALLOWED = [
  ['src/detect/b.ts', '../config/types.ts'],
  ['src/sources/b.ts', '../types.ts'],
  ['src/classify/b.ts', '../pattern/template.ts'],
  ['src/state/b.ts', './state.ts'],
  ['src/judge.ts', './detect/index.ts'],
] as const

/** The files that our linter settings refuse, of a tree in which each holds this one import. */
function refused(imports: readonly (readonly [string, string])[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-lint-'))
  for (const file of ['biome.json', '.gitignore']) copyFileSync(join(root, file), join(dir, file))
  for (const [path, specifier] of imports) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), `import { thing } from '${specifier}'\n\nexport const other = thing\n`)
  }
  const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', 'src'], { cwd: dir, encoding: 'utf8' })
  rmSync(dir, { recursive: true })
  return [...`${stdout}${stderr}`.matchAll(/^(src\S+?):\d+:\d+ lint\/style\/noRestrictedImports/gm)]
    .map(([, path]) => path as string)
    .sort()
}

describe('one direction of imports', () => {
  test('the linter refuses what would let a stage know another', () => {
    expect(refused([...FORBIDDEN, ...ALLOWED])).toEqual(FORBIDDEN.map(([path]) => path).sort())
  })

  test('classify, hep, detect, decide and phones do no I/O and read no clock', () => {
    const impure =
      /from 'node:(?:fs|net|http|child_process|dns|os|process|timers)|\bDate\.now\(\)|new Date\(\)|\bprocess\.[a-z]|\bsetTimeout\(|\bperformance\.now\(/
    for (const stage of ['classify', 'hep', 'detect', 'decide', 'phones']) {
      for (const file of readdirSync(join(root, 'src', stage))) {
        const text = readFileSync(join(root, 'src', stage, file), 'utf8')
        // BlockList and isIP of node:net are pure.
        expect(
          impure.exec(text.replace(/import \{[^}]*(?:BlockList|isIP\w*)[^}]*\} from 'node:net'/, ''))?.[0],
          `${stage}/${file}`,
        ).toBeUndefined()
      }
    }
  })

  test('a stage’s folder is flat and its files are small', () => {
    for (const stage of STAGES) {
      for (const file of readdirSync(join(root, 'src', stage))) {
        expect(statSync(join(root, 'src', stage, file)).isFile(), `${stage}/${file}`).toBe(true)
        expect(readFileSync(join(root, 'src', stage, file), 'utf8').split('\n').length, `${stage}/${file}`).toBeLessThan(320)
      }
    }
  })
})
