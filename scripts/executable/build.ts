/**
 * `npm run build:executable [-- FILE]`: the program, its filters, jails and console as one file that runs without Node (a Node single-executable
 * application, https://nodejs.org/api/single-executable-applications.html), by default dist/sipguard.
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'rolldown'

const root = join(import.meta.dirname, '..', '..')
const parts = join(root, 'dist', 'executable')

/** What packaged.ts finds on the disk, by its path below the package's root. */
const INSIDE = ['package.json', 'filters/*.{yaml,json}', 'jails/*.yaml', 'dist/console/**/*.*']

/** @param node what it is made from; of another architecture too */
export async function buildExecutable(file: string, node: string = process.execPath): Promise<void> {
  rmSync(parts, { recursive: true, force: true })
  mkdirSync(dirname(file), { recursive: true })
  await bundle('scripts/executable/main.ts', 'main.mjs', 'esm')
  await bundle('src/daemon/records-worker.ts', 'daemon/records-worker.js', 'cjs')
  const assets = Object.fromEntries(globSync(INSIDE, { cwd: root }).map((path) => [path, join(root, path)]))
  assets['daemon/records-worker.js'] = join(parts, 'daemon/records-worker.js')
  const configuration = join(parts, 'sea.json')
  const sea = {
    ...{ executable: node, main: join(parts, 'main.mjs'), mainFormat: 'module', output: file },
    ...{ disableExperimentalSEAWarning: true, assets },
  }
  writeFileSync(configuration, JSON.stringify(sea))
  execFileSync(process.execPath, [`--build-sea=${configuration}`], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** One file of a part of the program with everything it imports; what is imported late is still run late. */
async function bundle(input: string, file: string, format: 'esm' | 'cjs'): Promise<void> {
  await build({
    input: join(root, input),
    platform: 'node',
    resolve: { alias: { [join(root, 'src/packaged.ts')]: join(root, 'src/packaged-executable.ts') } },
    // pg asks for it and goes on without.
    external: ['pg-native'],
    output: { file: join(parts, file), format, codeSplitting: false },
    logLevel: 'warn',
  })
}

if (import.meta.main) await buildExecutable(resolve(process.argv[2] ?? join(root, 'dist/sipguard')))
