import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A container's own file with its settings (moby container/container.go, `configFileName`). */
const SETTINGS = 'config.v2.json'

/** As much of an id as `docker ps` prints. */
const SHORT_ID = /^[0-9a-f]{12,64}$/

/** A container as Docker keeps it on disk. */
export interface Container {
  readonly id: string
  /** Its json-file log; the file may not exist yet. */
  readonly log: string
  /** The driver that it logs with. */
  readonly driver: string
  /** What its settings were read from: while this is the same, so are they. */
  readonly version: string
}

interface Settings {
  readonly Name?: unknown
  readonly HostConfig?: { readonly LogConfig?: { readonly Type?: unknown } }
}

const versionOf = async (directory: string): Promise<string> => {
  const { ino, mtimeNs } = await stat(join(directory, SETTINGS), { bigint: true })
  return `${ino}:${mtimeNs}`
}

/** The container of this name, or whose id is or begins with this; null: none. @throws system errors of `root/containers` */
export async function findContainer(root: string, wanted: string): Promise<Container | null> {
  const ids = await readdir(join(root, 'containers'))
  const found = await Promise.all(ids.map((id) => readContainer(root, id, wanted)))
  return found.find((container) => container !== null) ?? null
}

/** Whether what was found still holds. */
export async function isCurrent(root: string, { id, version }: Container): Promise<boolean> {
  return (await versionOf(join(root, 'containers', id)).catch(() => '')) === version
}

async function readContainer(root: string, id: string, wanted: string): Promise<Container | null> {
  const directory = join(root, 'containers', id)
  try {
    const version = await versionOf(directory)
    const { Name, HostConfig } = JSON.parse(await readFile(join(directory, SETTINGS), 'utf8')) as Settings
    if (Name !== `/${wanted}` && !(SHORT_ID.test(wanted) && id.startsWith(wanted))) return null
    return { id, log: join(directory, `${id}-json.log`), driver: String(HostConfig?.LogConfig?.Type ?? 'json-file'), version }
  } catch {
    // It is being made or removed just now.
    return null
  }
}
