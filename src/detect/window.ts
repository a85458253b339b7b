import type { KeyKind } from './records.ts'

/** When a window is full. */
export interface WindowRule {
  readonly maxretry: number
  readonly findtimeMs: number
  /** Count different values instead of hits. */
  readonly distinct: boolean
}

/** A window of the records of one kind: which of a record's hits are in it is said by a bit. */
export interface Window extends WindowRule {
  readonly name: string
  readonly kind: KeyKind
  readonly tag: number
  readonly bit: number
  /** Most hits that count at a time; as many that have counted are known again. */
  readonly capacity: number
  /** Whether it may be full without firing, because it is not armed or its address had a success. */
  readonly waits: boolean
}
