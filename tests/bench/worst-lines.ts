import type { Filter, FilterRule } from '../../src/config/types.ts'
import { ruleAutomaton } from '../../src/pattern/shape.ts'
import { type PrintedForm, printedForms } from '../generator/printed-forms.ts'
import { Random } from '../generator/random.ts'
import { Sampler } from '../generator/sampler.ts'

/** What a caller may repeat in the hope that reading it takes long. */
const FILLINGS = [
  'a',
  ' ',
  "'",
  '"',
  '\\',
  '[',
  '{',
  '1:',
  '::1 ',
  '1.1.1.1:5 ',
  '} <script>: ',
  '} a [b.c:1]: ',
  ' from 1.1.1.1:5, ua ',
  " failed for '1.1.1.1:5' (callid: ",
  ',LocalAddress="',
  '=,',
  '\xc3',
]

/** Long lines of one rule: its own text, with a filling in one of its fields, and almost its own, in several forms. */
export function worstLines(filter: Filter, rule: FilterRule, bytes: number): string[] {
  const forms = printedForms(filter.prefix).filter(({ name }) => !name.includes('bytes'))
  const sampler = new Sampler(ruleAutomaton(rule))
  const own = sampler.write(new Random(7), '198.51.100.7', () => 'x')
  return [...FILLINGS, own, own.slice(own.length / 2), own.slice(0, own.length / 2)].flatMap((filling, index) => {
    const form = forms[index % forms.length] as PrintedForm
    const write = (length: number, end: string) => {
      let asked = 0
      const text = () => (asked++ === 0 ? repeat(filling, length) : 'x')
      return form.print(sampler.write(new Random(index), '198.51.100.7', text) + end, repeat(filling, length))
    }
    return ['', '\x01'].map((end) => {
      const long = write(bytes, end)
      return write(Math.floor((bytes * (bytes - 600)) / long.length), end).slice(0, bytes)
    })
  })
}

/** Lines that are long before any rule sees them. */
export function worstPrefixes(bytes: number): string[] {
  const header = 'Jan 15 10:30:45 p kamailio[1]: '
  const stock = `${header}NOTICE: {1 2 REGISTER `
  const message = '} <script>: Blocking traffic from 198.51.100.7'
  const around = (before: string, filling: string, after: string) => before + repeat(filling, bytes - before.length - after.length) + after
  return [
    around(stock, 'x} <script>: ', message),
    around(stock, '} <script>: Auth failed: ip=1.1.1.1:1 method=REGISTER rc=-2 user=', message),
    around(stock, '} a', message),
    around(stock, 'a', message),
    around(stock, '} aaaaaaaaaaaaaaaa [aaaaaaaaaaaaaaaaaaaaaaaaaa', message),
    around('<1>1 2026-01-15T10:30:45Z h p 1 - ', '[a="b"]', ' x'),
    around('<1>1 2026-01-15T10:30:45Z h p 1 - ', '[', ' x'),
    around('<1>1 2026-01-15T10:30:45Z h p 1 - [', '\\"', ' x'),
    around('<1>1 2026-01-15T10:30:45Z h ', 'a ', ''),
    around('Jan 15 10:30:45 ', 'a', ' '),
    around('Jan 15 10:30:45 h ', 'a', ''),
    around('[', '2026-01-15 10:30:45', ']'),
    around('{"log":"', '\\"', '"}'),
    around('{"log":"', '\\u0001', '"}'),
    around('{"log":', '[', ''),
    around('{', '"log":{', ''),
    around('{', '"log":"x\\n",', '"a":1}'),
    around('{', '"a":1,', '"log":"x\\n"}'),
    around('{"MESSAGE":[', '97,', '97]}'),
    around('{"log":"', '{\\"message\\":\\"', '\\n"}'),
    around('@cee: ', '{"msg":', ''),
    around("Call from '", 'a', ''),
    around('[Jan 15 10:30:45] NOTICE[1] ', 'a/', '.c: x'),
    around('    -- ', ' ', ''),
  ].map((line) => line.slice(0, bytes))
}

function repeat(filling: string, bytes: number): string {
  return filling.repeat(Math.ceil(Math.max(0, bytes) / filling.length)).slice(0, Math.max(0, bytes))
}
