import type { Random } from './random.ts'

/** Addresses that a caller writes; none is one that the server writes. */
const FORGED = ['203.0.113.5', '203.0.113.66', '2001:db8:bad::5', '[2001:db8:bad::6]', '::ffff:203.0.113.7', '0.0.0.0']

/** Text that has some meaning to some server, filter or encoding. */
const TRICKS = [
  ...[' ', "'", '"', '\\', '\\"', '<', '>', '@', ':', ';', ',', ', ', '(', ')', '[', ']', '{', '}', '=', '/', '-', '—', '%s', '$1'],
  ...[
    '\t',
    '\r',
    '\0',
    '\x1b[31m',
    '\x7f',
    '\xff',
    '\xe2\x80\xae',
    '\xc3\xbc',
    '#012',
    '#015#012',
    '\\n',
    '%22',
    '<>',
    '<null>',
    '<unknown>',
  ],
  ...['0', '65536', '::', '1.2.3', '999.1.1.1', 'REGISTER', 'INVITE', 'sip:', '</F-USER>'],
  ...['} <script>: ', '} <core> [core/x.c:1]: f(): ', '} pike [pike_funcs.c:1]: ', '{1 2 REGISTER x} ', ' 1(2) ', 'NOTICE:', 'NOTICE[1]: '],
  ...['Jan 15 10:30:45 h opensips[1]: ', '2026-01-15T10:30:45Z h kamailio[1]: ', '[2026-01-15 10:30:45] NOTICE[1] chan_sip.c: '],
  ...['2026-01-15 10:30:45.123456 [WARNING] a.c:1 ', '{"log":"', '\\n","stream":"stderr"}', '"}'],
  ...[' from ', ' src=', ' ip=', ' ua=', ' for ', ' - ', "' failed for '", ' (IP:', ',L'],
  ...['LocalAddress="IPV4/UDP/10.0.0.1/5060",', 'RemoteAddress="IPV4/UDP/'],
]

/** Lines with the given address in the server's place, for a caller to repeat: of any shape, or of the one he is writing into. */
export interface Models {
  any(address: string): string
  own(address: string): string
}

/** What a caller writes into his fields. */
export class HostileText {
  readonly #random: Random
  readonly #models: Models

  constructor(random: Random, models: Models) {
    this.#random = random
    this.#models = models
  }

  /** A whole message of some server with an address of the caller's choice. */
  line(): string {
    return this.#models.any(this.#forged())
  }

  /** One character a byte, without newlines. */
  text(): string {
    const random = this.#random
    switch (random.below(6)) {
      case 0:
      case 1:
        return this.#part(this.#models.own(this.#forged()))
      case 2:
        return random.once(2) ? this.line() : this.#part(this.line())
      default: {
        let text = ''
        for (let pieces = random.below(6); pieces > 0; pieces--) text += this.#piece()
        return text
      }
    }
  }

  #forged(): string {
    return this.#random.pick(FORGED)
  }

  /** A line from one of its words on, or up to one. */
  #part(line: string): string {
    const random = this.#random
    const words = [...line.matchAll(/[ ,='"(]/g)].map(({ index }) => index)
    if (words.length === 0) return line
    const from = random.once(4) ? 0 : random.pick(words) + random.below(2)
    return line.slice(from, random.once(2) ? undefined : Math.max(from, random.pick(words) + random.below(2)))
  }

  #piece(): string {
    const random = this.#random
    switch (random.below(6)) {
      case 0:
        return this.#forged()
      case 1:
        return `${this.#forged()}:${random.below(70_000)}`
      case 2:
        return this.#part(this.line())
      case 3:
        return random.once(2) ? String.fromCharCode(random.below(256)).replace('\n', '') : 'x'.repeat(random.below(40))
      default:
        return random.pick(TRICKS)
    }
  }
}
