import { z } from 'zod'
import { parseDuration } from '../duration.ts'
import { EVENT_KINDS, KNOCK_REASONS } from '../types.ts'
import { type Document, nameOf, readDocument } from './document.ts'
import { Faults, show } from './faults.ts'
import { didYouMean } from './names.ts'
import { always, check, duration, expecting, flag, integer, isMapping, list, MISSING, mapping, oneOf, type Refuse, text } from './schema.ts'
import type { Jail } from './types.ts'

/** A window is kept in memory: this bounds one key's. */
const MAX_MAXRETRY = 100_000

const maxretry = integer(1, MAX_MAXRETRY)
const findtime = duration({ forEver: false })
const bantime = duration({ forEver: true })
const by = z.preprocess((value) => (typeof value === 'string' ? [value] : value), list(oneOf(['ip', 'user'])).optional())
const factor = expecting('a number from 1 to 1000')

const schema = mapping({
  kinds: list(oneOf(EVENT_KINDS)),
  reasons: list(text('a reason, or !reason for all but it', (value) => /^!?[^!]/.test(value))).nullish(),
  methods: list(text('a SIP method in upper case, or !METHOD for all but it', (value) => /^!?[A-Z]+$/.test(value))).nullish(),
  filters: list(text("a filter's name, or !name for all but it", (value) => /^!?[a-z][a-z0-9-]*$/.test(value))).nullish(),
  by,
  distinct: oneOf(['user', 'ip']).nullish(),
  maxretry,
  findtime,
  bantime: bantime.optional(),
  'bantime.increment': mapping({ factor: z.number(factor).min(1, factor).max(1000, factor), maxtime: findtime }).nullish(),
  unless: oneOf(['success']).nullish(),
  alertonly: flag.optional(),
  // biome-ignore lint/suspicious/noThenProperty: the design's word for a second stage; never awaited
  then: mapping({ by, maxretry, findtime, bantime }).nullish(),
}).superRefine((value: unknown, context) => {
  if (isMapping(value)) checkJail(value, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }))
}, always)

/** What the keys of a jail ask of each other. Any of them may be missing or wrong: it is told by the schema. */
function checkJail(value: Record<string, unknown>, refuse: Refuse): void {
  const keys = value.by ?? ['ip']
  if (Array.isArray(keys) && keys.includes(value.distinct)) {
    refuse(['distinct'], `expected another than 'by' counts under, got ${show(value.distinct)}: a key has only one of itself`)
  }
  if (value.bantime === undefined && value.alertonly !== true && !isMapping(value.then)) refuse(['bantime'], MISSING)

  const increment = value['bantime.increment']
  const maxtime = isMapping(increment) ? durationOf(increment.maxtime) : null
  const least = durationOf(value.bantime)
  if (maxtime !== null && least !== null && least > maxtime) {
    refuse(
      ['bantime.increment', 'maxtime'],
      `expected at least the bantime of ${String(value.bantime)}, got ${show((increment as { maxtime: unknown }).maxtime)}`,
    )
  }

  const knocksOnly = Array.isArray(value.kinds) && value.kinds.every((kind) => kind === 'door_knock')
  if (!knocksOnly || !Array.isArray(value.reasons)) return
  value.reasons.forEach((entry, i) => {
    const reason = String(entry).replace(/^!/, '')
    if ((KNOCK_REASONS as readonly string[]).includes(reason)) return
    refuse(
      ['reasons', i],
      `a door_knock has no reason ${show(reason)}${didYouMean(reason, KNOCK_REASONS) || `; reasons are ${KNOCK_REASONS.join(', ')}`}`,
    )
  })
}

/** A jail as its file writes it, checked: an override replaces some of its keys. */
export type RawJail = z.output<typeof schema>

/** @throws SipguardError CONFIG_INVALID with every fault of the file, CONFIG_UNREADABLE */
export function loadJailFile(path: string): Jail {
  const faults = new Faults()
  const raw = readJail(path, faults)
  faults.throwIfAny()
  return buildJail(nameOf(path), raw!)
}

/** Null after adding what is wrong to the faults. @throws SipguardError CONFIG_UNREADABLE */
export function readJail(path: string, faults: Faults): RawJail | null {
  const document = readDocument(path, faults)
  return document && checkJailAt(document.value, document, faults)
}

/** `at` is where in the document the jail stands. */
export function checkJailAt(value: unknown, document: Document, faults: Faults, at: readonly string[] = []): RawJail | null {
  return check(schema, value, document, faults, at)
}

export function buildJail(name: string, raw: RawJail): Jail {
  const increment = raw['bantime.increment']
  const findtimeMs = milliseconds(raw.findtime)
  return {
    name,
    kinds: raw.kinds,
    reasons: raw.reasons ?? null,
    methods: raw.methods ?? null,
    filters: raw.filters ?? null,
    by: raw.by ?? ['ip'],
    distinct: raw.distinct ?? null,
    maxretry: raw.maxretry,
    findtimeMs,
    // A jail that bans nobody may leave it out; what it says then holds for as long as its window.
    bantimeMs: raw.bantime === undefined ? findtimeMs : parseDuration(raw.bantime),
    increment: increment ? { factor: increment.factor, maxtimeMs: milliseconds(increment.maxtime) } : null,
    unless: raw.unless ?? null,
    alertonly: raw.alertonly ?? false,
    // biome-ignore lint/suspicious/noThenProperty: see the schema
    then: raw.then
      ? {
          by: raw.then.by ?? ['ip'],
          maxretry: raw.then.maxretry,
          findtimeMs: milliseconds(raw.then.findtime),
          bantimeMs: parseDuration(raw.then.bantime),
        }
      : null,
  }
}

/** Of a duration that the schema has checked and that is not for ever. */
function milliseconds(value: string | number): number {
  return parseDuration(value)!
}

/** Null for anything that is not a finite duration. */
function durationOf(value: unknown): number | null {
  try {
    return parseDuration(value as string)
  } catch {
    return null
  }
}
