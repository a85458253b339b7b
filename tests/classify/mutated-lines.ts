import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Filter } from '../../src/config/types.ts'
import { samplesOf } from '../../src/samples/index.ts'
import { generateLines } from '../generator/generate.ts'
import type { Random } from '../generator/random.ts'
import { root } from '../sipguard.ts'

/** All lines of the fixtures. */
export function fixtureLines(filters: readonly Filter[]): Buffer[] {
  return filters.flatMap(({ name }) => samplesOf(name, join(root, 'fixtures/filters')).map(({ bytes }) => bytes))
}

/** Labelled lines of public projects, beside the checkout; null where they are not there. */
export function corpusLines(): Buffer[] | null {
  const folder = join(dirname(root), 'shared/corpora')
  if (!existsSync(folder)) return null
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((entry) => entry !== '')
      .map((entry) => Buffer.from((JSON.parse(entry) as { line: string }).line)),
  )
}

export const HEADERS = [
  'Jan 15 10:30:45 sbc1 /usr/sbin/opensips[1234]: ',
  'Jan  5 10:30:45 h kamailio: ',
  'Feb 31 25:30:45 h asterisk[1]: ',
  '2026-01-15T10:30:45.123456+00:00 h /a/b/freeswitch[1]: ',
  '2026-01-15 10:30:45 h sshd[1]: ',
  '<133>Jan 15 10:30:45 h opensips: ',
  '<133>1 2026-01-15T10:30:45Z h kamailio 1 - - ',
  '<133>1 2026-01-15T10:30:45Z h asterisk 1 - [a="]\\] "][b] \xef\xbb\xbf',
  'Jan 15 10:30:45 [1234] ',
  'Jan 15 10:30:45 [1234] opensips: ',
  '[Jan 15 10:30:45] NOTICE[1638][C-0000001f]: chan_sip.c:12 in f: ',
  '[2026-01-15 10:30:45.123] WARNING[1] ',
  '    -- ',
  ' 1(5657) ',
  '12(5657) NOTICE: {1 REGISTER} <script>: ',
  '0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a 2026-01-15 10:30:45.123456 96.83% [WARNING] sofia_reg.c:1787 ',
  '2026-01-15 10:30:45.123456 ',
  '08-03 07:56:53.026292 [WARN] [SOFIA] [sofia_reg.c:4130] ',
]
const PIECES = [
  ...[
    'NOTICE:',
    'WARNING: ',
    'NOTICE[1] ',
    'chan_sip.c: ',
    '{1 REGISTER} <script>: ',
    '{1 2 REGISTER x} <script>: ',
    '<core> [a.c:1]: f(): ',
  ],
  ...['\0', '\xff', 'é', '\t', ' ', '  ', "'", '"', '\\', '\n', '\r', '::1', '192.0.2.7', ':5060', 'x'.repeat(80), '{', '@cee: ', ': '],
]

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

/** Where the message of a line may begin: behind some blank. */
function behindBlank(line: Buffer, random: Random): number {
  const from = random.below(Math.min(line.length, 120) + 1)
  const blank = line.indexOf(' ', from)
  return blank < 0 ? from : blank + 1
}

/** One change of a line, or none. */
function mutate(line: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(line.length + 1)
  switch (random.below(14)) {
    case 0: {
      const flipped = Buffer.from(line)
      if (at < line.length) flipped[at] = random.below(256)
      return flipped
    }
    case 1:
      return Buffer.concat([line.subarray(0, at), line.subarray(Math.min(line.length, at + 1 + random.below(4)))])
    case 2:
      return line.subarray(0, at)
    case 3:
      return line.subarray(at)
    case 4:
      return Buffer.concat([line.subarray(0, at), other.subarray(random.below(other.length + 1))])
    case 5:
    case 6:
      return Buffer.concat([bytesOf(random.pick(HEADERS)), line.subarray(behindBlank(line, random))])
    case 7:
      return Buffer.concat([bytesOf(random.pick(HEADERS)), line])
    case 8:
      return Buffer.concat([line.subarray(0, at), bytesOf(random.pick(PIECES)), line.subarray(at)])
    case 9: {
      const start = behindBlank(line, random)
      return Buffer.concat([line.subarray(0, start), bytesOf(random.pick(PIECES)), line.subarray(start)])
    }
    case 10:
      return Buffer.concat([bytesOf(random.pick([' ', '\t', '\0', '<13>', '\xef\xbb\xbf'])), line])
    case 11:
      return bytesOf(JSON.stringify({ log: `${line.toString()}\n`, stream: 'stdout', time: '2026-01-15T10:30:45.1Z' }))
    case 12:
      return random.once(100)
        ? Buffer.concat([line.subarray(0, at), Buffer.alloc(65_000, random.pick(['x', ' ', "'", '] '])), line.subarray(at)])
        : line
    default:
      return line
  }
}

/** Lines of the fixtures and of every shape that the servers print, changed in up to three places. The same seed gives the same lines. */
export function* mutatedLines(filters: readonly Filter[], seeds: readonly Buffer[], random: Random): Generator<Buffer, never> {
  const printed = generateLines(filters, random.below(2 ** 31))
  for (;;) {
    let line = random.once(3) ? printed.next().value.bytes : random.pick(seeds)
    for (let changes = random.below(4); changes > 0; changes--) line = mutate(line, random.pick(seeds), random)
    yield line
  }
}
