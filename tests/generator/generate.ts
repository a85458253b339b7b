import type { Filter, FilterRule } from '../../src/config/types.ts'
import { echoAutomaton, ruleAutomaton, ruleSource, serverAutomaton } from '../../src/pattern/shape.ts'
import { HostileText } from './hostile-text.ts'
import { asKept, type PrintedForm, printedForms } from './printed-forms.ts'
import { Random } from './random.ts'
import { Sampler } from './sampler.ts'
import { strayLine } from './stray-lines.ts'

/** A line of which it is known who caused it. */
export interface KnownLine {
  readonly bytes: Buffer
  /** The server's message in it, one character a byte. */
  readonly message: string
  readonly form: PrintedForm
  readonly filter: Filter
  /** The rule whose line it is; null for a line that is nobody's failure. */
  readonly rule: FilterRule | null
  /** The address that the server wrote, canonical; null where it wrote none. */
  readonly ip: string | null
  /** Whether the rule matches the message. */
  readonly matched: boolean
  /** The filter that the line's source is pinned to. */
  readonly pin: string | null
}

/** Addresses that a server writes: as it spells them, and canonical. */
const GENUINE = [
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.8', '198.51.100.8'],
  ['2001:DB8:600D:0:0:0:0:9', '2001:db8:600d::9'],
  ['[2001:db8:600d::10]', '2001:db8:600d::10'],
] as const

interface Shape {
  readonly filter: Filter
  readonly rule: FilterRule | null
  /** What the server can print, and what the rule matches; the same for an echo shape. */
  readonly printed: Sampler
  readonly narrow: Sampler
  readonly matches: RegExp
}

/**
 * Lines of every shape of the filters in turn, in every form, with hostile text in every field that the server lets it through.
 * The same seed gives the same lines.
 */
export function* generateLines(filters: readonly Filter[], seed: number): Generator<KnownLine, never> {
  const random = new Random(seed)
  const shapes = filters.flatMap(knownShapesOf)
  const harmless = () => random.pick(['', 'x', '1001', 'a b'])
  let current = shapes[0] as Shape
  const hostile = new HostileText(random, {
    any: (address) => random.pick(shapes).narrow.write(random, address, harmless),
    own: (address) => current.narrow.write(random, address, harmless),
  })
  for (;;) {
    for (const shape of shapes) {
      current = shape
      const { filter, rule, printed, narrow, matches } = shape
      const form = random.pick(printedForms(filter.prefix))
      const [spelled, ip] = random.pick(rule?.ipv6 === 'bracketed' ? GENUINE.filter(([text]) => !/^[^[]*:/.test(text)) : GENUINE)
      const sampler = random.once(2) ? narrow : printed
      const written = sampler.write(random, spelled, () => hostile.text())
      const message = form.json ? asKept(written) : written
      yield {
        bytes: Buffer.from(form.print(written, hostile.text()), 'latin1'),
        message,
        form,
        filter,
        rule,
        ip: rule !== null && printed.hasAddress ? ip : null,
        matched: matches.test(message),
        pin: null,
      }
    }
    const { printed, name, pin } = strayLine(random, hostile)
    const form: PrintedForm = { name, print: (text) => text }
    const filter = random.pick(filters)
    yield { bytes: Buffer.from(printed, 'latin1'), message: printed, form, filter, rule: null, ip: null, matched: false, pin }
  }
}

const known = new WeakMap<Filter, Shape[]>()

function knownShapesOf(filter: Filter): Shape[] {
  const shapes = known.get(filter) ?? shapesOf(filter)
  known.set(filter, shapes)
  return shapes
}

function shapesOf(filter: Filter): Shape[] {
  return [
    ...filter.rules.map((rule) => ({
      filter,
      rule,
      printed: new Sampler(serverAutomaton(rule)),
      narrow: new Sampler(ruleAutomaton(rule)),
      matches: new RegExp(`^(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 's'),
    })),
    ...filter.echo.map((echo) => {
      const printed = new Sampler(echoAutomaton(echo))
      return { filter, rule: null, printed, narrow: printed, matches: new RegExp(`^(?:${ruleSource(echo, 'any')})$`, 's') }
    }),
  ]
}
