import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusReport } from '../../src/api/control.ts'
import { loadConfig } from '../../src/config/index.ts'
import { type Probe, Unchecked } from '../../src/doctor/probe.ts'
import { createTree } from '../../src/servers/tree.ts'

/** What a fixture says besides its files: `probe.json` in its root. */
interface Told {
  /** What a command line prints; `*` stands for one argument. What is no text is JSON. */
  readonly run?: Readonly<Record<string, unknown>>
  readonly status?: StatusReport | null
  readonly disk?: ReturnType<Probe['disk']>
  readonly redis?: string
}

const HEALTHY = { degraded: [], unproven: [], sources: [] }
const RUN = { 'timedatectl show --property=NTPSynchronized --value': 'yes\n' }
/** When every file of a fixture was written. */
const WITHOUT_FILE = loadConfig(null)
const WRITTEN_MS = Date.parse('2026-02-01T12:00:00Z')

/** The machine whose root is a fixture: whatever it does not tell is as it should be. */
export function createFixtureProbe(root: string): Probe {
  const told: Told = existsSync(join(root, 'probe.json')) ? JSON.parse(readFileSync(join(root, 'probe.json'), 'utf8')) : {}
  const tree = createTree(root)
  const file = join(root, 'etc/sipguard/sipguard.yaml')
  const config = existsSync(file) ? loadConfig(file) : WITHOUT_FILE
  const status = told.status === undefined ? { ...HEALTHY, enforcement: { backend: config.enforce } } : told.status
  return {
    tree: {
      ...tree,
      facts(path) {
        const facts = tree.facts(path)
        return facts && { ...facts, mtimeMs: WRITTEN_MS }
      },
    },
    config,
    stateDir: '/var/lib/sipguard',
    status: async () => status as StatusReport | null,
    async run(argv) {
      const table = Object.entries({ ...RUN, ...told.run })
      const found = table.find(([line]) => {
        const words = line.split(' ')
        return words.length === argv.length && words.every((word, i) => word === '*' || word === argv[i])
      })
      if (found === undefined) throw new Unchecked(`cannot run ${argv[0]}: ENOENT`)
      return { status: 0, stdout: typeof found[1] === 'string' ? found[1] : JSON.stringify(found[1]), stderr: '' }
    },
    redisMemory: async () => told.redis ?? 'maxmemory_policy:noeviction\r\n',
    disk: () => told.disk ?? { freeBytes: 2 ** 40, totalBytes: 2 ** 41 },
  }
}
