import { z } from 'zod'
import { parseDuration } from '../duration.ts'
import { SipguardError } from '../errors.ts'
import type { Document } from './document.ts'
import { type Faults, show } from './faults.ts'
import { didYouMean } from './names.ts'

/** What every schema of this folder is made of: zod, with messages that say rule and value. */

/** The message of a key that is not there; `check` tells its name. */
export const MISSING = 'missing'

/** What the documentation says of a key: docs/configuration.md is written from it (`npm run docs`). Markdown; an empty text says nothing. */
export type KeyText = { readonly value: string; readonly default: string; readonly description: string; readonly error: string }

/** For `.meta()`, which must come last: a schema that is made from another does not inherit it. */
export function key(value: string, byDefault: string, effect: string, error = ''): KeyText {
  return { value, default: byDefault, description: effect, error }
}

type Complaint = { readonly input?: unknown }

/** The message of a schema: what was expected, and what stands there. */
export function expecting(what: string): { error: (complaint: Complaint) => string } {
  return { error: ({ input }) => (input === undefined ? MISSING : `expected ${what}, got ${show(input)}`) }
}

/** A mapping with exactly these keys. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return expecting('a mapping').error(issue)
      return issue.keys.map((key) => unknownKey(key, known)).join('\n')
    },
  })
}

function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key ${show(key)}${didYouMean(key, known) || `; keys are ${known.join(', ')}`}`
}

/** Text that passes `test`. */
export function text(what: string, test: (value: string) => boolean = (value) => value !== '') {
  return z.string(expecting(what)).refine(test, expecting(what))
}

export function oneOf<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, {
    error: ({ input }) => {
      const message = expecting(`one of ${words.join(', ')}`).error({ input })
      return typeof input === 'string' && message !== MISSING ? `${message}${didYouMean(input, words)}` : message
    },
  })
}

export function integer(least: number, most: number) {
  const message = expecting(`a whole number from ${least} to ${most}`)
  return z.int(message).min(least, message).max(most, message)
}

export const flag = z.boolean(expecting('true or false'))

/** At least one of them, each once. */
export function list<Item extends z.ZodType<string>>(item: Item) {
  return z
    .array(item, expecting('a list'))
    .min(1, { error: 'expected a list of at least one, got an empty one' })
    .superRefine((items, context) => {
      items.forEach((entry, i) => {
        if (items.indexOf(entry) < i) context.addIssue({ code: 'custom', path: [i], message: `${show(entry)} stands twice` })
      })
    })
}

/** Text or seconds, as parseDuration reads it. `-1`, for ever, only where it is allowed; zero never is. */
export function duration(options: { forEver: boolean }) {
  const message = expecting('a duration such as 90s, 10m, 1h, 7d, 4w')
  return z.union([z.string(), z.number()], message).superRefine((value, context) => {
    const refuse = (words: string) => context.addIssue({ code: 'custom', message: words })
    try {
      const ms = parseDuration(value)
      if (ms === null ? !options.forEver : ms === 0) refuse(message.error({ input: value }))
    } catch (error) {
      if (!(error instanceof SipguardError)) throw error
      refuse(options.forEver ? error.message : message.error({ input: value }))
    }
  })
}

/** Lower case words joined by hyphens. */
export const kebabName = text('a name in lower case, its words joined by hyphens', (value) => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value))

/** Cross-checks of a mapping run even where a part of it is wrong, so that every fault is told at once. */
export const always = { when: () => true }

export type Refuse = (path: readonly (string | number)[], message: string) => void

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The value as the schema gives it, or null after adding what is wrong with it to the faults.
 * `at` is where in the document the value stands.
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  document: Document,
  faults: Faults,
  at: readonly PropertyKey[] = [],
): z.output<Schema> | null {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    const path = [...at, ...issue.path]
    const key = path.at(-1)
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n')
      issue.keys.forEach((name, i) => {
        faults.add(document.path, document.keyPlace([...path, name]), messages[i] ?? issue.message)
      })
    } else if (issue.message === MISSING && key !== undefined) {
      faults.add(document.path, document.place(path), `missing key ${show(String(key))}`)
    } else {
      faults.add(document.path, document.place(path), `${label(path)}${issue.message}`)
    }
  }
  return null
}

/** `bantime.increment.factor: `, the names behind the last number of a path, or the list's own name. */
function label(path: readonly PropertyKey[]): string {
  const names = path.slice(path.findLastIndex((step) => typeof step === 'number') + 1)
  const shown = names.length > 0 ? names : path.filter((step) => typeof step === 'string').slice(-1)
  return shown.length > 0 ? `${shown.join('.')}: ` : ''
}
