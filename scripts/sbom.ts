/**
 * `npm run sbom`: what is in the package, from package-lock.json: dist/sipguard.cdx.json (CycloneDX 1.6,
 * https://cyclonedx.org/docs/1.6/json/) and the table of docs/supply-chain.md. Run it again when a dependency has changed;
 * tests/package/supply-chain.test.ts fails until then. The same lockfile gives the same bytes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const SBOM_FILE = join(root, 'dist/sipguard.cdx.json')
const PAGE = join(root, 'docs/supply-chain.md')

const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly dependencies: Readonly<Record<string, string>>
}

/** Needed to build only, and yet in what is built: the console's libraries, and the table of who makes which device. */
const BUILT_IN: ReadonlySet<string> = new Set(['preact', 'uplot', 'oui-data'])

/** An entry of package-lock.json (https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json). */
interface Locked {
  readonly version: string
  /** SPDX. */
  readonly license: string
  /** `sha512-…`, base64. */
  readonly integrity: string
  readonly dev?: true
  readonly optional?: true
  readonly hasInstallScript?: true
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A package that is part of what is installed. */
export interface ShippedPackage extends Omit<Locked, 'dependencies'> {
  readonly name: string
  /** Its folder, below the root. */
  readonly path: string
  readonly builtIn: boolean
  /** `name@version` of what it needs. */
  readonly needs: readonly string[]
}

/** Everything that comes with the program, in the order of names. */
export function shippedPackages(): ShippedPackage[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && (!dev || BUILT_IN.has(nameOf(path))))
  const read = shipped.map(([path, locked]): ShippedPackage => {
    const named = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies, ...locked.peerDependencies })
    const found = named.map((name) => placeOf(packages, path, name)).filter((place) => place !== null)
    return {
      ...locked,
      ...{ name: nameOf(path), path, builtIn: locked.dev === true },
      needs: found.map((place) => refOf({ name: nameOf(place), version: packages[place]!.version })).sort(),
    }
  })
  const byName = (a: ShippedPackage, b: ShippedPackage) => (refOf(a) < refOf(b) ? -1 : 1)
  return read.sort(byName)
}

/** Needed by sipguard itself. */
const isOurs = ({ name, path, builtIn }: ShippedPackage) => builtIn || (name in own.dependencies && path === `node_modules/${name}`)

const refOf = ({ name, version }: { readonly name: string; readonly version: string }) => `${name}@${version}`
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Where Node finds a package for the one in this folder; null where an optional one is not there. */
function placeOf(packages: Readonly<Record<string, Locked>>, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = join(folder, 'node_modules', name)
    if (packages[place] !== undefined) return place
    if (folder === '') return null
  }
}

/** @param node version of the Node that is in it too, as in the executable */
export function sbom({ node }: { node?: string } = {}): string {
  const packages = shippedPackages()
  const runtime =
    node === undefined
      ? []
      : [
          {
            type: 'platform',
            'bom-ref': `node@${node}`,
            name: 'node',
            version: node,
            licenses: licence('MIT'),
            purl: `pkg:github/nodejs/node@v${node}`,
          },
        ]
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    metadata: {
      component: {
        type: 'application',
        'bom-ref': refOf(own),
        name: own.name,
        version: own.version,
        licenses: licence(own.license),
        purl: purl(own),
      },
    },
    components: [
      ...runtime,
      ...packages.map((each) => ({
        ...{ type: 'library', 'bom-ref': refOf(each), name: each.name, version: each.version },
        scope: each.optional ? 'optional' : 'required',
        hashes: [{ alg: 'SHA-512', content: Buffer.from(each.integrity.replace(/^sha512-/, ''), 'base64').toString('hex') }],
        ...{ licenses: licence(each.license), purl: purl(each) },
      })),
    ],
    dependencies: [
      { ref: refOf(own), dependsOn: [...runtime.map((each) => each['bom-ref']), ...packages.filter(isOurs).map(refOf)] },
      ...packages.map((each) => ({ ref: refOf(each), dependsOn: each.needs })),
    ],
  }
  return `${JSON.stringify(bom, null, 2)}\n`
}

const licence = (id: string) => [{ license: { id } }]

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
const purl = ({ name, version }: { name: string; version: string }) => `pkg:npm/${name.replace('@', '%40')}@${version}`

/** The page with its table as it should be; it stands between `<!-- table: packages -->` and `<!-- end -->`. */
export function withPackages(page: string): string {
  const packages = shippedPackages()
  const rows = packages.map((each) => {
    const others = packages.filter(({ needs }) => needs.includes(refOf(each))).map(({ name }) => name)
    const by = each.builtIn ? ['built in'] : [...(isOurs(each) ? [own.name] : []), ...others]
    return `| \`${each.name}\` | ${each.version} | ${each.license} | ${by.join(', ')} |`
  })
  const table = ['| package | version | licence | needed by |', '|---|---|---|---|', ...rows].join('\n')
  return page.replace(/(<!-- table: packages -->\n)[\s\S]*?(<!-- end -->)/, (_, open: string, close: string) => `${open}${table}\n${close}`)
}

if (import.meta.main) {
  mkdirSync(dirname(SBOM_FILE), { recursive: true })
  writeFileSync(SBOM_FILE, sbom())
  writeFileSync(PAGE, withPackages(readFileSync(PAGE, 'utf8')))
}
