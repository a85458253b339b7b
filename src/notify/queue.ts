import type { Message, Put } from './types.ts'

/** Messages that wait; past it the oldest are dropped. */
export const MOST_WAITING = 1000
/** Digits of a number in a key, so that keys sort as numbers do. */
const WIDTH = 12

/** What a reader of the queue is. */
export interface Reader {
  readonly name: string
  readonly classes: readonly Message['class'][]
}

/**
 * Messages in their order, each kept until every reader that wants it has gone past it. Each reader has its own place; one that is new begins
 * with what comes next.
 */
export function createQueue(kept: ReadonlyMap<string, string>, put: Put) {
  const messages = new Map<number, Message>()
  /** Number of the newest message each reader is done with. */
  const places = new Map<string, number>()
  let readers: readonly Reader[] = []
  let newest = 0

  for (const [key, data] of kept) {
    const [, what, name = ''] = /^(message|place) (.*)$/.exec(key) ?? []
    if (what === 'message') messages.set(Number(name), JSON.parse(data) as Message)
    if (what === 'place') places.set(name, Number(data))
  }
  newest = Math.max(0, ...messages.keys(), ...places.values())

  const wants = ({ classes }: Reader, message: Message): boolean => classes.includes(message.class)
  const wanted = (reader: Reader): [number, Message][] =>
    [...messages].filter(([number, message]) => number > (places.get(reader.name) ?? newest) && wants(reader, message))

  function place(name: string, number: number): void {
    if (places.get(name) === number) return
    places.set(name, number)
    put(`place ${name}`, String(number))
  }

  function drop(number: number): void {
    messages.delete(number)
    put(`message ${String(number).padStart(WIDTH, '0')}`, null)
  }

  /** Drops what nobody waits for. */
  function prune(): void {
    for (const reader of readers) if (wanted(reader).length === 0) place(reader.name, newest)
    const least = Math.min(newest, ...readers.map(({ name }) => places.get(name) ?? newest))
    for (const number of messages.keys()) if (number <= least) drop(number)
  }

  return {
    /** From now on these read it. How many messages, at most, each reader that is gone had still to get. */
    setReaders(fresh: readonly Reader[]): ReadonlyMap<string, number> {
      const gone = [...places.keys()].filter((name) => !fresh.some((reader) => reader.name === name))
      const lost = new Map<string, number>()
      for (const name of gone) {
        const waiting = [...messages.keys()].filter((number) => number > places.get(name)!).length
        if (waiting > 0) lost.set(name, waiting)
        places.delete(name)
        put(`place ${name}`, null)
      }
      readers = fresh
      for (const { name } of readers) if (!places.has(name)) place(name, newest)
      prune()
      return lost
    },
    /** Puts it last. Names of those that lose their oldest message by it. */
    push(message: Message): string[] {
      const losers: string[] = []
      if (messages.size >= MOST_WAITING) {
        const [number, oldest] = messages.entries().next().value!
        losers.push(...readers.filter((reader) => number > places.get(reader.name)! && wants(reader, oldest)).map(({ name }) => name))
        drop(number)
      }
      newest++
      messages.set(newest, message)
      put(`message ${String(newest).padStart(WIDTH, '0')}`, JSON.stringify(message))
      prune()
      return losers
    },
    /** What this reader gets next. */
    head(name: string): { readonly number: number; readonly message: Message } | null {
      const reader = readers.find((each) => each.name === name)
      const [first] = reader ? wanted(reader) : []
      return first ? { number: first[0], message: first[1] } : null
    },
    /** It has been given this one, or never will be. */
    done(name: string, number: number): void {
      if (number > (places.get(name) ?? newest)) place(name, number)
      prune()
    },
    waiting(name: string): number {
      const reader = readers.find((each) => each.name === name)
      return reader ? wanted(reader).length : 0
    },
  }
}
