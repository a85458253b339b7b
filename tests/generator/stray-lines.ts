import type { HostileText } from './hostile-text.ts'
import type { Random } from './random.ts'

/** A physical line that is no message which any rule or echo shape knows, but holds a caller's text. */
export interface StrayLine {
  readonly name: string
  /** One character a byte. */
  readonly printed: string
  /** The filter that the file it stands in is pinned to. */
  readonly pin: string | null
}

const PREFIXES = [
  '',
  'Jan 15 10:30:45 h opensips[1]: ',
  '2026-01-15T10:30:45Z h kamailio[1]: <script>: ',
  '[Jan 1 10:30:45] ',
  '[Jan 1 10:30:45] NOTICE[1] a.c: ',
  'Jan 1 10:30:45 h asterisk: ',
  '2026-01-15 10:30:45.123456 [WARNING] a.c:1 ',
  '1(2) ',
  '   -- ',
]
/** Messages of Kamailio that nobody listed. */
const UNLISTED = ['request-route executed in: 1514 usec', 'no free workers', '', 'x', 'ip=198.51.100.7:5060']
const LONGEST_EXTENSION = 78

/** One of the ways in which a caller gets text to where a line or a message begins. */
export function strayLine(random: Random, hostile: HostileText): StrayLine {
  const begun = () => random.pick(PREFIXES) + (random.once(4) ? hostile.text() : hostile.line())
  switch (random.below(3)) {
    case 0:
      return { name: 'a folded header', printed: random.pick([' ', '\t']) + begun(), pin: null }
    case 1: {
      const tail = random.pick(['', "' rejected because extension not found in context 'default'."])
      return { name: "a newline in Asterisk's extension", printed: begun().slice(0, LONGEST_EXTENSION) + tail, pin: 'asterisk' }
    }
    default: {
      const callId = `x} <script>: ${hostile.line()}`
      const place = random.pick(['<script>: ', '<core> [core/receive.c:528]: receive_msg(): ', 'cpl-c [cpl.c:7]: '])
      const printed = `Jan 15 10:30:45 p kamailio[1]: NOTICE: {1 2 REGISTER ${callId}} ${place}${random.pick(UNLISTED)}`
      return { name: 'an unlisted message behind a Call-ID', printed, pin: null }
    }
  }
}
