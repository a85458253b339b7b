import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Rotation } from './plan.ts'
import type { Done, Order } from './writer.ts'

/** The writer of the chaos suite, seen from outside: begins to write 20,000 lines a second to this path. */
export function startWriting(path: string) {
  const child = fork(join(import.meta.dirname, 'writer.ts'), [path])
  const ended = once(child, 'exit').then(() => {
    throw new Error('the writer ended')
  })
  ended.catch(() => {})
  /** One order at a time. */
  const order = async (what: Order): Promise<Done> => {
    child.send(what)
    const [done] = (await Promise.race([once(child, 'message'), ended])) as [Done]
    return done
  }
  return {
    /** Resolves when it is rotated and the server writes to the new file. */
    rotate: (rotation: Rotation, gapMs = 0) => order({ do: 'rotate', rotation, gapMs }),
    count: async () => (await order({ do: 'count' })).written,
    /** Resolves to how many lines were written. */
    pause: async () => (await order({ do: 'pause' })).written,
    resume: () => order({ do: 'resume' }),
    end: () => void child.kill('SIGKILL'),
  }
}
