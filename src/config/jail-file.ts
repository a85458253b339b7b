import { z } from 'zod'
import { parseDuration } from '../duration.ts'
import { EVENT_KINDS, KNOCK_REASONS } from '../types.ts'
import { type Document, readDocument } from './document.ts'
import { Faults, show } from './faults.ts'
import { didYouMean } from './names.ts'
import { nameOf } from './package-files.ts'
import {
  always,
  check,
  duration,
  expecting,
  flag,
  integer,
  isMapping,
  key,
  list,
  MISSING,
  mapping,
  oneOf,
  type Refuse,
  text,
} from './schema.ts'
import type { Jail } from './types.ts'

/** A window is kept in memory: this bounds one key's. */
const MAX_MAXRETRY = 100_000

const maxretry = integer(1, MAX_MAXRETRY).meta(key(`1 to ${MAX_MAXRETRY}`, 'needed', 'this many fill the window'))
const aDuration = duration({ forEver: false })
const findtime = aDuration.meta(key('duration', 'needed', "the window's length, by the log's own time", 'zero; `-1`'))
const bantime = duration({ forEver: true })
const by = z
  .preprocess((value) => (typeof value === 'string' ? [value] : value), list(oneOf(['ip', 'user'])).optional())
  .meta(
    key(
      '`ip`, `user`, or a list of both',
      '`ip`',
      'what is counted under one key. `ip` is an IPv4 address or an IPv6 /64; `user` is `user@domain`',
    ),
  )
const factor = expecting('a number from 1 to 1000')

export const jail = mapping({
  kinds: list(oneOf(EVENT_KINDS)).meta(
    key(
      'list of event kinds',
      'needed',
      'which lines it looks at ([list of kinds](cli.md#sipguard-classify))',
      'an empty list; a kind twice',
    ),
  ),
  reasons: list(text('a reason, or !reason for all but it', (value) => /^!?[^!]/.test(value)))
    .nullish()
    .meta(key('list; `!x` excludes x', 'all', "narrows by the event's reason", 'for a jail of `door_knock` only: a reason no knock has')),
  methods: list(text('a SIP method in upper case, or !METHOD for all but it', (value) => /^!?[A-Z]+$/.test(value)))
    .nullish()
    .meta(key('list of SIP methods in upper case; `!X` excludes', 'all', 'narrows by method', 'lower case')),
  filters: list(text("a filter's name, or !name for all but it", (value) => /^!?[a-z][a-z0-9-]*$/.test(value)))
    .nullish()
    .meta(key('list of filter names; `!x` excludes', 'all', 'narrows by filter', 'a filter that is not there')),
  by,
  distinct: oneOf(['user', 'ip'])
    .nullish()
    .meta(key('`user` or `ip`', 'none: lines are counted', 'counts different values instead of lines', 'the same as `by`')),
  maxretry,
  findtime,
  bantime: bantime
    .optional()
    .meta(
      key(
        'duration or `-1`',
        'needed, unless `alertonly` or `then` is there',
        'how long the ban lasts, from the newest line that filled the window',
        'zero',
      ),
    ),
  'bantime.increment': mapping({
    factor: z
      .number(factor)
      .min(1, factor)
      .max(1000, factor)
      .meta(key('1 to 1000', 'needed', 'growth from ban to ban')),
    maxtime: aDuration.meta(key('duration', 'needed', 'the longest ban', 'less than `bantime`; `-1`')),
  })
    .nullish()
    .meta(key('mapping ([below](#bantimeincrement))', 'none: every ban is as long as the first', 'longer bans for those who come back')),
  unless: oneOf(['success'])
    .nullish()
    .meta(key('`success`', 'none', 'no ban while the address had a registration or authentication within findtime')),
  alertonly: flag.optional().meta(key('`true`, `false`', '`false`', 'says, never bans')),
  // biome-ignore lint/suspicious/noThenProperty: the design's word for a second stage; never awaited
  then: mapping({ by, maxretry, findtime, bantime: bantime.meta(key('duration or `-1`', 'needed', 'how long its ban lasts', 'zero')) })
    .nullish()
    .meta(key('mapping ([below](#then))', 'none', 'a second stage. The first then only alerts, and arms it')),
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
export type RawJail = z.output<typeof jail>

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
  return check(jail, value, document, faults, at)
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
