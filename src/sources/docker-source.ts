import type { DockerSource } from '../config/types.ts'
import { type Container, findContainer, isCurrent } from './docker-containers.ts'
import { createFileSource, type SourceOptions } from './file-source.ts'
import { nameOf } from './name.ts'
import { reasonOf } from './reason.ts'
import { NOTHING_LOST, type Sink, type Source, type SourceStatus } from './source.ts'

/** How often it is looked whether the container is another one now, ms. */
const POLL_MS = 1000
/** A removed container's log has been read to its end when it had nothing more at so many looks. */
const QUIET_LOOKS = 3

/** One container's log. */
interface Log {
  container: Container
  readonly files: Source
  /** For so many looks another container has had the name, and all of this one's log has been read. */
  quietLooks: number
}

/**
 * Follows what a container prints, wherever Docker keeps it: the json-file log over its rotation, then that of the next container of the
 * same name from its start. Positions and ids are those of the files.
 */
export function createDockerSource(config: DockerSource, options: SourceOptions): Source {
  const { container: wanted, root, filter } = config
  const name = nameOf(config)
  /** The newest last. */
  const logs: Log[] = []
  /** Position of the source itself: with it, a container that was not read before was made since then and is read from its start. */
  let started = options.resume(name)
  let trouble: string | null = null
  let lastLineAtMs: number | null = null
  let delivering: Promise<void> = Promise.resolve()
  let looking: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function troubled(why: string | null): void {
    if (why !== null && why !== trouble) options.onNotice(`${name}: ${why}`)
    trouble = why
  }

  async function follow(container: Container, sink: Sink): Promise<void> {
    // Under this the file source keeps its own start; here all containers of the name have one together.
    const own = `source:${container.log}`
    const files = createFileSource({
      ...options,
      file: container.log,
      filter,
      resume: (stream) => (stream === own ? started : options.resume(stream)),
    })
    logs.push({ container, files, quietLooks: 0 })
    await files.start((batch) => {
      const isStart = batch.position.stream === own
      const position = isStart ? { stream: name, mark: batch.position.mark } : batch.position
      // One at a time, also while two containers are read.
      delivering = delivering
        .catch(() => {})
        .then(() => sink({ ...batch, source: name, position }))
        .then(() => {
          if (isStart) started = position.mark
          if (batch.count > 0) lastLineAtMs = batch.receivedAtMs
        })
      return delivering
    })
  }

  async function look(sink: Sink): Promise<void> {
    const current = logs.at(-1)
    if (current && (await isCurrent(root, current.container))) return
    const found = await findContainer(root, wanted)
    if (stopped) return
    if (found === null) return troubled(`there is no container of this name in ${root}`)
    if (found.driver !== 'json-file') return troubled(`its logging driver is ${found.driver}: only json-file logs are read`)
    troubled(null)
    if (found.id === current?.container.id) current.container = found
    else await follow(found, sink)
  }

  /** Ends the reading of containers that are gone, once it has come to the end. */
  async function retire(): Promise<void> {
    for (const log of logs.slice(0, -1)) {
      log.quietLooks = lagOf(log.files.status()) === 0 ? log.quietLooks + 1 : 0
      if (log.quietLooks < QUIET_LOOKS) continue
      await log.files.stop()
      logs.splice(logs.indexOf(log), 1)
    }
  }

  async function poll(sink: Sink): Promise<void> {
    try {
      await look(sink)
      await retire()
    } catch (error) {
      troubled(`${root} cannot be read: ${reasonOf(error)}`)
    }
    if (!stopped) timer = setTimeout(pollNow, POLL_MS, sink)
  }

  function pollNow(sink: Sink): void {
    looking = poll(sink)
  }

  return {
    start(sink) {
      pollNow(sink)
      return looking
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await looking
      await Promise.all(logs.map(({ files }) => files.stop()))
    },
    status() {
      const statuses = logs.flatMap(({ files }) => files.status())
      return [
        {
          name,
          lagBytes: lagOf(statuses),
          lastLineAtMs,
          trouble: trouble ?? statuses.at(-1)?.trouble ?? null,
          ...NOTHING_LOST,
          swallowedBytes: statuses.reduce((sum, { swallowedBytes }) => sum + swallowedBytes, 0),
        },
      ]
    },
  }
}

const lagOf = (statuses: readonly SourceStatus[]): number => statuses.reduce((sum, { lagBytes }) => sum + lagBytes, 0)
