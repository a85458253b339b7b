import { type IncomingMessage, request } from 'node:http'
import { vi } from 'vitest'

/** One server-sent event. */
export interface Told {
  readonly id: string | null
  readonly event: string
  readonly data: Record<string, unknown>
}

export interface Follower {
  readonly answer: IncomingMessage
  /** What it was told so far; empty events are none. */
  readonly told: Told[]
  /** As a browser keeps it. */
  lastId(): string | null
  comments(): number
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>
  leave(): void
}

/** Follows the feed as a browser does. `path` below /api/feed: a query. */
export async function follow(socketPath: string, path = '', headers: Record<string, string> = {}): Promise<Follower> {
  const sent = request({ socketPath, path: `/api/feed${path}`, headers, agent: false })
  const answer = await new Promise<IncomingMessage>((done, fail) => sent.on('response', done).on('error', fail).end())
  const told: Told[] = []
  let [text, lastId, comments] = ['', null as string | null, 0]
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const [id, event, data] = [field('id'), field('event'), field('data')]
      lastId = id ?? lastId
      if (lines.includes(':')) comments++
      if (data !== undefined) told.push({ id: id ?? null, event: event ?? 'message', data: JSON.parse(data) })
    }
  })
  const ended = new Promise<void>((done) => answer.on('close', done).on('error', () => {}))
  return { answer, told, lastId: () => lastId, comments: () => comments, ended, leave: () => void sent.destroy() }
}

export const eventually = (assertion: () => void | Promise<void>) => vi.waitFor(assertion, { timeout: 20_000, interval: 10 })
