import { z } from 'zod'
import { FIELD_TAGS, SILENT_FIELDS, type Template } from '../pattern/template.ts'
import { COUNTED_KINDS, EVENT_KINDS, type EventKind, KNOCK_REASONS, type KnockReason, TRANSPORTS } from '../types.ts'
import { type Document, readDocument } from './document.ts'
import { readFailregex } from './failregex.ts'
import { Faults, show } from './faults.ts'
import { nameOf } from './package-files.ts'
import { always, check, expecting, flag, integer, isMapping, kebabName, list, mapping, oneOf, type Refuse, text } from './schema.ts'
import { type Filter, type FilterRule, PREFIXES } from './types.ts'

const FIELDS = Object.values(FIELD_TAGS)
const GUARANTEED: readonly string[] = [...FIELDS, 'port']

/** The operator's own misconfiguration: recorded, never counted unless a rule insists. */
const OWN_FAULTS: ReadonlySet<KnockReason | null> = new Set<KnockReason | null>(['setid_not_found', 'query_failed'])

const CHARACTER_CLASS = /^\[\^?(?:[^\]\\]|\\.)+\]$/s
const alphabet = text("a character class such as '[^ ]'", (value) => CHARACTER_CLASS.test(value) && compiles(value))
const guarantee = mapping({ alphabet, source: text('an RFC section or a source file of the server') })
const guarantees = mapping(fromNames([...FIELDS, 'port'], () => guarantee.optional()))

const someText = text('text')
const set = mapping({
  ...fromNames(
    FIELDS.filter((field) => !SILENT_FIELDS.includes(field)),
    () => someText.optional(),
  ),
  transport: oneOf(TRANSPORTS).optional(),
  method: text('a SIP method in upper case', (value) => /^[A-Z]+$/.test(value)).optional(),
  code: integer(100, 699).optional(),
  expires: integer(0, 2 ** 32 - 1).optional(),
})

const pattern = z.string(expecting('a regular expression')).superRefine((value, context) => {
  const found = readFailregex(value, 'any')
  if (typeof found === 'string') context.addIssue({ code: 'custom', message: found })
})

const ipv6 = oneOf(['any', 'bracketed'])

const rule = mapping({
  id: kebabName,
  kind: oneOf(EVENT_KINDS),
  reason: oneOf(KNOCK_REASONS).optional(),
  failregex: pattern,
  ignoreregex: pattern.optional(),
  guarantees: guarantees.optional(),
  verdict: oneOf(['proved', 'runtime']).optional(),
  shadow: flag.optional(),
  counted: flag.optional(),
  ipv6: ipv6.optional(),
  set: set.optional(),
}).superRefine((value: unknown, context) => {
  if (isMapping(value)) checkRule(value, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }))
}, always)

const schema = mapping({
  name: kebabName,
  prefix: oneOf(PREFIXES),
  programs: list(text("a program's name without its directory", (value) => /^[^\s/[\]]+$/.test(value))).optional(),
  ipv6: ipv6.optional(),
  rules: z
    .array(rule, expecting('a list of rules'))
    .min(1, { error: 'expected a list of at least one rule, got an empty one' })
    .superRefine((rules: unknown, context) => {
      if (!Array.isArray(rules)) return
      const ids = rules.map((entry) => (isMapping(entry) ? entry.id : undefined))
      ids.forEach((id, i) => {
        if (typeof id !== 'string' || ids.indexOf(id) === i) return
        context.addIssue({ code: 'custom', path: [i, 'id'], message: `${show(id)} stands twice; the name of a rule is its own` })
      })
    }, always),
  echo: z.array(pattern, expecting('a list of regular expressions')).optional(),
})

/** What the keys of a rule ask of each other. Any of them may be missing or wrong: it is told by the schema. */
function checkRule(value: Record<string, unknown>, refuse: Refuse): void {
  const { kind, reason } = value
  if (kind === 'door_knock' && reason === undefined) {
    refuse(['reason'], `a door_knock says why, one of ${KNOCK_REASONS.join(', ')}`)
  }
  if (EVENT_KINDS.includes(kind as EventKind) && kind !== 'door_knock' && reason !== undefined) {
    refuse(['reason'], `only a door_knock has one, this is a ${String(kind)}`)
  }
  const template = typeof value.failregex === 'string' ? readFailregex(value.failregex, 'any') : ''
  if (typeof template === 'string') return
  const captured = capturedBy(template)
  if (captured.has('port') && !captured.has('address')) refuse(['failregex'], '<PORT> stands without <ADDR>')
  if (value.counted === true && !captured.has('address')) {
    refuse(['counted'], 'expected false, got true: the failregex has no <ADDR>, there is nobody to count against')
  }
  for (const name of Object.keys(isMapping(value.guarantees) ? value.guarantees : {})) {
    if (GUARANTEED.includes(name) && !captured.has(name)) refuse(['guarantees', name], 'the failregex does not capture this field')
  }
  for (const name of Object.keys(isMapping(value.set) ? value.set : {})) {
    if (captured.has(name)) refuse(['set', name], 'the failregex captures this field already')
    else if (name === 'reason' && kind === 'door_knock') refuse(['set', name], "a door_knock's reason stands in the rule's own 'reason'")
  }
}

/** Names of the fields that a failregex captures, `port` and `address` among them. */
function capturedBy(template: Template): ReadonlySet<string> {
  return new Set(template.tokens.map((token) => (token.type === 'field' ? token.name : token.type)))
}

/** @throws SipguardError CONFIG_INVALID with every fault of the file, CONFIG_UNREADABLE */
export function loadFilterFile(path: string): Filter {
  const faults = new Faults()
  const filter = readFilter(path, faults)
  faults.throwIfAny()
  return filter!
}

/** Null after adding what is wrong to the faults. @throws SipguardError CONFIG_UNREADABLE */
export function readFilter(path: string, faults: Faults): Filter | null {
  const document = readDocument(path, faults)
  return document && buildFilter(document, faults)
}

function buildFilter(document: Document, faults: Faults): Filter | null {
  const raw = check(schema, document.value, document, faults)
  const name = isMapping(document.value) ? document.value.name : undefined
  const expected = nameOf(document.path)
  if (typeof name === 'string' && name !== expected) {
    faults.add(document.path, document.place(['name']), `name: expected ${show(expected)} as the file is called, got ${show(name)}`)
    return null
  }
  if (!raw) return null
  return {
    name: raw.name,
    path: document.path,
    prefix: raw.prefix,
    programs: raw.programs ?? [raw.prefix],
    rules: raw.rules.map((entry) => buildRule(entry, raw.ipv6 ?? 'any')),
    echo: raw.echo ?? [],
  }
}

function buildRule(raw: z.output<typeof rule>, ipv6: FilterRule['ipv6']): FilterRule {
  const template = readFailregex(raw.failregex, raw.ipv6 ?? ipv6)
  const hasAddress = typeof template !== 'string' && capturedBy(template).has('address')
  const reason = raw.reason ?? null
  return {
    id: raw.id,
    kind: raw.kind,
    reason,
    failregex: raw.failregex,
    ignoreregex: raw.ignoreregex ?? null,
    // YAML has no undefined: a key that is there has a value.
    guarantees: (raw.guarantees ?? {}) as FilterRule['guarantees'],
    verdict: raw.verdict ?? 'proved',
    shadow: raw.shadow ?? false,
    counted: hasAddress && (raw.counted ?? (COUNTED_KINDS.has(raw.kind) && !OWN_FAULTS.has(reason))),
    ipv6: raw.ipv6 ?? ipv6,
    set: (raw.set ?? {}) as FilterRule['set'],
  }
}

function fromNames<const Name extends string, T>(names: readonly Name[], make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>
}

function compiles(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}
