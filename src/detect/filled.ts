import type { Detection, Hit, Transport } from '../types.ts'
import type { FullWindow, HitLine } from './full-window.ts'
import type { Sighting } from './sighting.ts'

/** A jail's window that an event has filled. `hits` are made when they are asked for: a copy made by spreading leaves them out. */
export class Filled implements Detection {
  readonly jail: string
  readonly stage: 1 | 2
  readonly key: string
  readonly scope: Detection['scope']
  readonly sweep: Detection['sweep']
  readonly ip: string
  readonly port: number | null
  readonly transport: Transport | null
  readonly user: string | null
  readonly atMs: number
  readonly count: number
  readonly proved: boolean
  readonly #full: FullWindow

  constructor(
    jail: string,
    stage: 1 | 2,
    key: string,
    scope: Detection['scope'],
    sweep: Detection['sweep'],
    { event, userText }: Sighting,
    full: FullWindow,
  ) {
    this.jail = jail
    this.stage = stage
    this.key = key
    this.scope = scope
    this.sweep = sweep
    this.ip = event.ip!
    this.port = event.port
    this.transport = event.transport
    this.user = userText
    this.atMs = full.atMs
    this.count = full.count
    this.proved = full.proved
    this.#full = full
  }

  get hits(): readonly Hit[] {
    return this.#full.hits
  }

  newest(most: number): readonly HitLine[] {
    return this.#full.newest(most)
  }
}

/** The lines of a detection's newest hits, at most so many, the oldest first: the others are not made. */
export function newestLines(detection: Detection, most: number): readonly HitLine[] {
  return detection instanceof Filled ? detection.newest(most) : detection.hits.slice(-most)
}
