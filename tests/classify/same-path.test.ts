import { describe, expect, test } from 'vitest'
import { PLACE_NAMES } from '../../src/classify/event.ts'
import { messageStarts, readFrame } from '../../src/classify/frame.ts'
import { planLook } from '../../src/classify/plan-look.ts'
import { QuickLook, SURE } from '../../src/classify/quick-look.ts'
import { CompiledRule } from '../../src/classify/rule.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import type { Filter, PrefixName } from '../../src/config/types.ts'
import { oneWay } from '../../src/pattern/one-way.ts'
import { SERVER_PREFIXES } from '../../src/pattern/prefix/index.ts'
import { ruleSource } from '../../src/pattern/shape.ts'
import { Random } from '../generator/random.ts'
import { aRule } from '../prove/a-filter.ts'
import { corpusLines, fixtureLines, HEADERS, mutatedLines } from './mutated-lines.ts'
import { createComparison } from './same-path.ts'

const MUTATED = 100_000
const shipped = loadShippedFilters()
const fixtures = fixtureLines(shipped)
const corpus = corpusLines()
if (corpus === null) console.warn('SKIPPED: there are no labelled lines beside the checkout')

const pinsOf = (filters: readonly Filter[]) => [null, ...filters.map(({ name }) => name)]

/** What differs of some lines, whatever filter their source is pinned to. */
function differing(filters: readonly Filter[], lines: readonly Buffer[]): string[] {
  const compare = createComparison(filters)
  return pinsOf(filters).flatMap((pin) => lines.map((line) => compare(line, pin)).filter((fault) => fault !== null))
}

function differingChanged(filters: readonly Filter[], seeds: readonly Buffer[], count: number): string[] {
  const compare = createComparison(filters)
  const random = new Random(20_260_115)
  const lines = mutatedLines(filters, seeds, random)
  const changed = Array.from({ length: count }, () => compare(lines.next().value, random.once(5) ? random.pick(pinsOf(filters)) : null))
  return changed.filter((fault) => fault !== null)
}

/** Each of some lines, then the same with one byte changed, and so on: a line begins like the one before as far as that byte. */
function differingBeginnings(filters: readonly Filter[], seeds: readonly Buffer[], count: number): string[] {
  const compare = createComparison(filters)
  const random = new Random(20_260_116)
  const faults: (string | null)[] = []
  while (faults.length < count) {
    const seed = random.pick(seeds)
    for (let i = 0; i < 8; i++) {
      const line = Buffer.from(seed)
      if (i > 0) line[random.below(Math.min(80, line.length) || 1)] = random.pick(seeds)[random.below(30)] ?? 32
      faults.push(compare(line, null))
    }
  }
  return faults.filter((fault) => fault !== null)
}

function own(name: string, prefix: PrefixName, programs: readonly string[], ...failregexes: readonly string[]): Filter {
  const rules = failregexes.map((failregex, index) => aRule(failregex, { id: `rule-${index}` }))
  return { name, path: `${name}.yaml`, prefix, programs, rules, echo: [] }
}

/** Filters that begin as prefixes do, that share programs, servers and messages, and whose rules are not proved. */
const OWN: readonly [string, readonly Filter[]][] = [
  [
    'messages that look like a lead',
    [own('k', 'kamailio', ['kamailio'], '^N<ADDR>$', '^NOTICE: <ADDR>$', '^NOTICE: {1 REGISTER} <script>: <ADDR>.*$')],
  ],
  [
    'messages that look like a header',
    [own('a', 'asterisk', ['asterisk', 'opensips'], '^Jan 15 .*<ADDR>$', '^opensips: <ADDR>$', '^<ADDR>:<PORT>$', '^ <ADDR>$')],
  ],
  [
    'messages that begin with anything',
    [own('o', 'opensips', ['opensips'], '^.*<ADDR>$', '^(?:a|b)?<ADDR> (y)?$'), own('f', 'freeswitch', ['a b', 'h'], '^[^ ]* x <ADDR>$')],
  ],
  [
    'messages of one server that begin with anything, beside another server',
    [own('o', 'opensips', ['opensips'], '^from <ADDR>$'), own('a', 'asterisk', ['asterisk'], '^.*failed for <ADDR>$')],
  ],
  ['messages that begin with JSON', [own('o', 'opensips', ['opensips'], '^{<ADDR>}$', '^@cee: <ADDR>$', '^@<ADDR>$')]],
  [
    'two filters of one server',
    [own('a', 'opensips', ['opensips', 'h'], '^from <ADDR>$'), own('b', 'opensips', ['opensips'], '^from <ADDR>$', '^from <ADDR>:<PORT>$')],
  ],
  [
    'one program of two servers',
    [own('a', 'opensips', ['sip'], '^from <ADDR>$'), own('b', 'kamailio', ['sip', 'opensips'], '^from <ADDR>$', '^to <ADDR>$')],
  ],
]
const MESSAGES = [
  '192.0.2.7',
  'N192.0.2.7',
  'NOTICE: 192.0.2.7',
  'from 192.0.2.7',
  'from 192.0.2.7:5060',
  ' 192.0.2.7',
  'opensips: 192.0.2.7',
  '{192.0.2.7}',
  '@cee: 192.0.2.7',
  'a192.0.2.7 y',
  'x failed for 192.0.2.7',
  '',
]

describe('the quick way says what the plain way says', () => {
  test('of every line of the fixtures, whatever filter its source is pinned to', () => {
    expect(fixtures.length).toBeGreaterThan(300)
    expect(differing(shipped, fixtures)).toEqual([])
  })

  test.skipIf(corpus === null)('of every labelled line of public projects', () => {
    expect(differing(shipped, corpus as Buffer[])).toEqual([])
  })

  test(`of ${MUTATED} changed lines`, () => {
    expect(differingChanged(shipped, fixtures, MUTATED)).toEqual([])
  })

  test('of lines that begin like the one before, as far as any byte', () => {
    expect(differingBeginnings(shipped, fixtures, 20_000)).toEqual([])
    for (const [, filters] of OWN) {
      const lines = HEADERS.flatMap((header) => MESSAGES.map((text) => Buffer.from(header + text, 'latin1')))
      expect(differingBeginnings(filters, lines, 1000)).toEqual([])
    }
  })

  test.each(shipped.map((filter) => [filter.name, filter] as const))('where there is no filter but %s', (_, filter) => {
    expect(differing([filter], fixtures)).toEqual([])
    expect(differingChanged([filter], fixtures, 2000)).toEqual([])
  })

  test.each(OWN)('where own filters know %s', (_, filters) => {
    const lines = ['', ...HEADERS].flatMap((header) =>
      ['', ...HEADERS].flatMap((second) => MESSAGES.map((text) => Buffer.from(header + second + text, 'latin1'))),
    )
    expect(differing(filters, lines)).toEqual([])
    expect(differingChanged(filters, lines, 2000)).toEqual([])
  })
})

describe('a rule that is read one way', () => {
  const PLACE_OF = Object.fromEntries(PLACE_NAMES.map((name, place) => [name, place]))
  const rules = shipped.flatMap(({ prefix, rules }) =>
    rules.map(({ failregex, ipv6 }) => {
      const source = ruleSource(failregex, ipv6)
      return { prefix, read: oneWay(source, PLACE_NAMES)!, regexp: new RegExp(`(?:${source})$`, 'dsy') }
    }),
  )

  /** The groups that are read otherwise than the regular expression has them, and how many messages were read. */
  function differingGroups(lines: Iterable<Buffer>): { readonly faults: readonly string[]; readonly read: number } {
    const spans = new Int32Array(2 * PLACE_NAMES.length)
    const faults: string[] = []
    let found = 0
    for (const line of lines) {
      const frame = readFrame(line.toString('latin1'))
      if (frame === null) continue
      const bytes = Buffer.from(`${frame.text}x`, 'latin1')
      for (const { prefix, read, regexp } of rules) {
        const start = messageStarts(SERVER_PREFIXES[prefix], frame.text, frame.at).at(-1) ?? 0
        if (!read(bytes, start, frame.text.length, spans)) continue
        found++
        regexp.lastIndex = start
        const groups = Object.entries(regexp.exec(frame.text)?.indices?.groups ?? { addr: [-2, -2] })
        const differs = groups.some(([name, span]) => {
          const place = PLACE_OF[name]
          return place !== undefined && (spans[2 * place] !== (span?.[0] ?? -1) || spans[2 * place + 1] !== (span?.[1] ?? -1))
        })
        if (differs) faults.push(`${regexp.source} on ${frame.text}`)
      }
    }
    return { faults, read: found }
  }

  test('has the groups of its regular expression, in every line of the fixtures', () => {
    const { faults, read } = differingGroups(fixtures)
    expect(faults).toEqual([])
    expect(read).toBeGreaterThan(200)
  })

  test.skipIf(corpus === null)('has them in every labelled line of public projects', () => {
    expect(differingGroups(corpus as Buffer[]).faults).toEqual([])
  })

  test('has them in changed lines', () => {
    const { faults, read } = differingGroups(mutatedLines(shipped, fixtures, new Random(20_260_117)).take(15_000))
    expect(faults).toEqual([])
    expect(read).toBeGreaterThan(2000)
  })
})

describe('a look at the first bytes', () => {
  const families = (filters: readonly Filter[]) =>
    filters.map((filter) => ({ filter, rules: filter.rules.map((rule) => new CompiledRule(filter, rule)) }))
  const look = new QuickLook(families(shipped), planLook(shipped)!)

  test('is sure of the usual lines of every server, and says which rules may know them', () => {
    const ids = [
      'Jan 15 10:30:45 sbc1 /usr/sbin/opensips[1234]: NOTICE:PIKE: Blocked REGISTER from 192.0.2.7:5060',
      '<133>Jan  5 10:30:45 sbc1 opensips: Flood: ip=192.0.2.7:5060 method=REGISTER',
      "[2026-01-15 10:30:45] NOTICE[1638] chan_sip.c: Registration from '<sip:a@b>' failed for '192.0.2.7:5060' - Wrong password",
      '2026-01-15 10:30:45.123456 96.83% [WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile',
      '2026-01-15T10:30:45.1Z h kamailio[1]: NOTICE: {1 REGISTER} <script>: Auth failed: ip=192.0.2.7:5060',
    ].map((line) => {
      const bytes = Buffer.from(line)
      return (
        look.look(bytes, 0, bytes.length) === SURE && [
          bytes.toString('latin1', look.timeFrom, look.timeTo),
          look.candidates.rules.map(({ rule }) => rule.id),
        ]
      )
    })
    expect(ids).toEqual([
      ['Jan 15 10:30:45', ['pike-drop']],
      ['Jan  5 10:30:45', ['flood']],
      ['2026-01-15 10:30:45', ['sip-register-refused', 'sip-register-refused-no-port']],
      ['2026-01-15 10:30:45.123456', ['register-refused', 'request-refused', 'user-agent-filtered', 'too-many-registrations']],
      ['2026-01-15T10:30:45.1Z', ['auth-failed', 'auth-failed-other-method', 'auth-challenged']],
    ])
  })

  test('is of no use where a rule may be an empty message', () => {
    expect(planLook([own('o', 'opensips', ['opensips'], '^.*$')])).toBeNull()
  })

  test('is of no use where the proof cannot read a rule', () => {
    expect(planLook([own('o', 'opensips', ['opensips'], '^(?:from |$)<ADDR>$')])).toBeNull()
  })
})
