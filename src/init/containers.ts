import { SIP_SERVERS, type SipServer } from '../servers/sip-servers.ts'
import type { Tree } from '../servers/tree.ts'

/** A container of Docker that runs a SIP server, by the name of its image. */
export interface SipContainer {
  readonly name: string
  readonly image: string
  readonly server: SipServer
}

/** As Docker keeps them on disk (moby container/container.go). Those that do not run are not counted. */
export function sipContainers(tree: Tree): SipContainer[] {
  return tree.glob('/var/lib/docker/containers/*/config.v2.json').flatMap((path) => {
    const { Name, Config, State } = settingsOf(tree, path)
    const name = String(Name ?? '').replace(/^\//, '')
    const image = String(Config?.Image ?? '')
    const server = SIP_SERVERS.find((each) => image.toLowerCase().includes(each.name))
    return server && State?.Running === true && /^[a-zA-Z0-9][\w.-]*$/.test(name) ? [{ name, image, server }] : []
  })
}

interface Settings {
  readonly Name?: unknown
  readonly Config?: { readonly Image?: unknown }
  readonly State?: { readonly Running?: unknown }
}

function settingsOf(tree: Tree, path: string): Settings {
  try {
    return (JSON.parse(tree.read(path) ?? '{}') as Settings | null) ?? {}
  } catch {
    // It is being written or removed just now, or may not be read.
    return {}
  }
}
