import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sbom, shippedPackages, withPackages } from '../../scripts/sbom.ts'
import { readPage, rows, section } from '../docs-pages.ts'
import { root } from '../sipguard.ts'
import { audit } from './audit.ts'

const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))
const own = read('package.json') as { version: string; dependencies: Record<string, string>; devDependencies: Record<string, string> }
const packages = shippedPackages()
/** Licences under which anybody may use, change and hand on what is in the package, with a notice. */
const PERMISSIVE = ['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']

interface Component {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly licenses: readonly { readonly license: { readonly id: string } }[]
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
}
interface Bom {
  readonly specVersion: string
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

test('what is shipped is what npm would install, and what the console and the table of devices are built from', () => {
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(own.dependencies)))
  const imported = globSync('src/console/**/*.{ts,tsx}', { cwd: root })
    .filter((path) => !path.endsWith('vite.config.ts'))
    .flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(/from '([a-z@][^'/]*)/g)].map(([, name]) => name as string))
  const builtIn = [...new Set(imported), 'oui-data'].sort()
  expect(packages.filter((each) => each.builtIn).map(({ name }) => name)).toEqual(builtIn.sort())
})

test('the bill of materials says of each what is in node_modules', () => {
  const { specVersion, metadata, components } = JSON.parse(sbom()) as Bom
  expect([specVersion, metadata.component.purl]).toEqual(['1.6', `pkg:npm/sipguard@${own.version}`])
  expect(components).toHaveLength(packages.length)
  for (const [i, { path, integrity }] of packages.entries()) {
    const { name, version, license } = read(join(path, 'package.json')) as { name: string; version: string; license: string }
    const component = components[i]!
    expect(component).toMatchObject({ name, version, licenses: [{ license: { id: license } }] })
    expect(component.purl).toBe(`pkg:npm/${encodeURIComponent(name).replace('%2F', '/')}@${version}`)
    const hash = Buffer.from(component.hashes![0]!.content, 'hex').toString('base64')
    expect([component.hashes![0]!.alg, `sha512-${hash}`]).toEqual(['SHA-512', integrity])
  }
})

test('npm lists the same, but for what is built in, and every reference leads to a component', () => {
  const words = ['ls', '--omit=dev', '--all', '--json', '--package-lock-only']
  const tree = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as Tree
  const installed = packages.filter(({ builtIn }) => !builtIn).map(({ name, version }) => `${name}@${version}`)
  expect(installed).toEqual([...new Set(inTree(tree))].sort())
  const { metadata, components, dependencies } = JSON.parse(sbom()) as Bom
  const refs = [metadata.component, ...components].map((component) => component['bom-ref'])
  expect(new Set(refs).size).toBe(refs.length)
  expect(dependencies.map(({ ref }) => ref)).toEqual(refs)
  expect(new Set(dependencies.flatMap(({ dependsOn }) => dependsOn))).toEqual(new Set(refs.slice(1)))
})

interface Tree {
  readonly dependencies?: Readonly<Record<string, Tree & { readonly version?: string }>>
}
/** Optional peers that are not there have no version. */
function inTree({ dependencies = {} }: Tree): string[] {
  return Object.entries(dependencies).flatMap(([name, tree]) =>
    tree.version === undefined ? [] : [`${name}@${tree.version}`, ...inTree(tree)],
  )
}

test('the same lockfile gives the same bytes, and a Node that is in it is named', () => {
  expect(sbom()).toBe(sbom())
  const [node] = (JSON.parse(sbom({ node: '26.0.0' })) as Bom).components
  expect(node).toMatchObject({ name: 'node', version: '26.0.0', purl: 'pkg:github/nodejs/node@v26.0.0' })
})

test('every licence is a permissive one', () => {
  expect(packages.filter(({ license }) => !PERMISSIVE.includes(license)).map(({ name, license }) => `${name}: ${license}`)).toEqual([])
})

test('docs/supply-chain.md lists what is shipped, and nothing else', () => {
  const page = readPage('docs/supply-chain.md')
  expect(page, 'run: npm run sbom').toBe(withPackages(page))
  expect(rows(section('docs/supply-chain.md', '## Packages'))).toHaveLength(packages.length)
})

test('nothing that is shipped has an install script', () => {
  for (const { name, path, hasInstallScript } of packages) {
    const { scripts = {} } = read(join(path, 'package.json')) as { scripts?: Record<string, string> }
    expect(hasInstallScript, name).toBeUndefined()
    // npm runs node-gyp where this file stands.
    expect(existsSync(join(root, path, 'binding.gyp')), name).toBe(false)
    for (const script of ['preinstall', 'install', 'postinstall']) expect(scripts[script], `${name}: ${script}`).toBeUndefined()
  }
})

/** A registry that answers every request for advisories so. */
async function aRegistry(status: number, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.url?.endsWith('/advisories/bulk') ? status : 404).end(body))
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `--registry=http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test('an advisory against a package that is shipped is found, and a registry that has none is told from one that says nothing', async () => {
  const advisory = { id: 1, url: 'https://example.com/1', title: 'a hole', severity: 'high', vulnerable_versions: '*', cwe: [] }
  const holes = JSON.stringify({ fastify: [{ ...advisory, cvss: { score: 0, vectorString: null } }] })
  expect(await audit(await aRegistry(200, holes))).toEqual({ found: ['fastify: high'] })
  expect(await audit(await aRegistry(200, '{}'))).toEqual({ found: [] })
  expect(await audit(await aRegistry(405, ''))).toEqual({ unchecked: expect.stringMatching(/^405 Method Not Allowed - POST /) })
  expect(await audit('--registry=http://127.0.0.1:1/')).toEqual({ unchecked: expect.stringContaining('ECONNREFUSED') })
})

test('no advisory is known against what is shipped, as far as the registry tells', async () => {
  const answer = await audit()
  if ('unchecked' in answer)
    console.warn(`NOT CHECKED: no registry said whether advisories are known against what is shipped: ${answer.unchecked}`)
  else expect(answer.found).toEqual([])
})
