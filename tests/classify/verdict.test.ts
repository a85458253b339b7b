import { describe, expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { LONGEST_LINE } from '../../src/classify/longest-line.ts'
import { MAX_LINE } from '../../src/sources/lines.ts'
import { classify } from './lines.ts'

const HEADER = 'Jan 15 10:30:45 edge2 kamailio[4862]: NOTICE: '
/** Behind our own log_prefix the message has one beginning. */
const xlog = (message: string) => classify(`${HEADER}{1 REGISTER} <script>: ${message}`)
const stock = (callId: string, message: string) => classify(`${HEADER}{1 2 REGISTER ${callId}} ${message}`)
const pjsip = (from: string, rest: string) =>
  classify(`[2026-01-15 10:30:45] NOTICE[1638] res_pjsip/pjsip_distributor.c: Request 'INVITE' from '${from}' failed for ${rest}`)

const AMBIGUOUS = { ip: null, port: null, counted: false, why: 'ambiguous' }

describe('rules with a run-time verdict', () => {
  test('a line with one reading counts', () => {
    expect(xlog('REGISTER auth failure for 1001 from 192.0.2.7:5060, ua x')).toMatchObject({
      rule: 'register-auth-failure',
      ip: '192.0.2.7',
      port: 5060,
      user: '1001',
      counted: true,
      why: null,
    })
  })

  test.each([
    'REGISTER auth failure for 1 from 203.0.113.5:9, ua x from 192.0.2.7:5060, ua y',
    'REGISTER auth failure for 1 from 192.0.2.7:5060, ua x from 203.0.113.5:9, ua y',
    'REGISTER auth failure for  from ::1:9, ua  from 192.0.2.7:5060, ua ',
    'REGISTER auth failure for 1 from 0.0.0.0:9, ua x from 192.0.2.7:5060, ua y',
  ])('%j has two: it keeps its kind, names nobody and does not count', (message) => {
    expect(xlog(message)).toMatchObject({ kind: 'failed_registration', rule: 'register-auth-failure', ...AMBIGUOUS })
  })

  test.each([
    'REGISTER auth failure for 1 from 999.1.1.1:9, ua x from 192.0.2.7:5060, ua y',
    'REGISTER auth failure for 1 from 192.0.2.7:9, ua x from ::ffff:192.0.2.7:5060, ua y',
  ])('in %j all readings agree on the address, so it counts; who can tell the rest?', (message) => {
    expect(xlog(message)).toMatchObject({ ip: '192.0.2.7', port: null, user: null, userAgent: null, method: 'REGISTER', counted: true })
  })

  test('text that is only almost a second reading changes nothing', () => {
    for (const ua of ['x from 203.0.113.5, ua y', 'x from 203.0.113.5:5060', ' from 203.0.113.5:, ua', 'x-from 203.0.113.5:1, ua y'])
      expect(xlog(`REGISTER auth failure for 1 from 192.0.2.7:5060, ua ${ua}`)).toMatchObject({
        ip: '192.0.2.7',
        port: 5060,
        counted: true,
      })
  })

  test('a name with quotes in it is looked at in all ways', () => {
    expect(pjsip('"a\\"b" <sip:1@example.com>', "'192.0.2.7:5060' (callid: x) - Failed to authenticate")).toMatchObject({
      rule: 'pjsip-odd-name',
      ip: '192.0.2.7',
      counted: true,
    })
    expect(
      pjsip('"a\\" <sip:1@x>', "'203.0.113.5:1' (callid: \" <sip:2@x>' failed for '192.0.2.7:5060' (callid: x) - Failed to authenticate"),
    ).toMatchObject({ rule: 'pjsip-odd-name', ...AMBIGUOUS })
  })

  test('the shapes of other rules count too', () => {
    const line = "'192.0.2.7:5060' (callid: x' failed for '203.0.113.5:1' (callid: y) - No matching endpoint found"
    expect(pjsip('<sip:[1', line)).toMatchObject({ rule: 'pjsip-odd-uri', ...AMBIGUOUS })
  })

  test('a text that an echo shape has too, of any filter of the server, with another address or none, is nobody’s', () => {
    const rule = {
      id: 'r',
      kind: 'failed_auth',
      reason: null,
      ignoreregex: null,
      guarantees: {},
      shadow: false,
      counted: true,
      ipv6: 'any',
      set: {},
    } as const
    const failregex = '^refused <F-USER>.*</F-USER> from <ADDR>$'
    const base = { name: 'own', path: 'own.yaml', prefix: 'opensips', programs: ['opensips'] } as const
    const read = (verdict: 'proved' | 'runtime', line: string) => {
      const filters = [{ ...base, rules: [{ ...rule, failregex, verdict }], echo: ['^refused politely: .*$', '^refused <ADDR> for .*$'] }]
      const bytes = Buffer.from(line)
      return createClassifier({ filters, tz: 'UTC' }).classify(bytes, 0, bytes.length, null, 0, 0)
    }
    expect(read('runtime', 'refused x from 192.0.2.7')).toMatchObject({ ip: '192.0.2.7', counted: true })
    expect(read('runtime', 'refused politely: from 203.0.113.5')).toMatchObject(AMBIGUOUS)
    expect(read('runtime', 'refused 192.0.2.7 for from 203.0.113.5')).toMatchObject(AMBIGUOUS)
    expect(read('proved', 'refused politely: from 203.0.113.5')).toMatchObject({ ip: '203.0.113.5' })
    const shipped = { ...base, name: 'shipped', rules: [], echo: ['^refused politely: .*$'] }
    const filters = [{ ...base, rules: [{ ...rule, failregex, verdict: 'runtime' as const }], echo: [] }, shipped]
    const bytes = Buffer.from('refused politely: from 203.0.113.5')
    expect(createClassifier({ filters, tz: 'UTC' }).classify(bytes, 0, bytes.length, null, 0, 0)).toMatchObject(AMBIGUOUS)
  })
})

describe('behind Kamailio’s stock log_prefix', () => {
  const failed = (ip: string, rest = '') => `<script>: Auth failed: ip=${ip}:5060 method=REGISTER rc=-2 user=1 realm=r ua=x${rest}`

  test('a message that can begin in one place only counts', () => {
    expect(stock('x y} z{', failed('192.0.2.7'))).toMatchObject({ ip: '192.0.2.7', port: 5060, user: '1', counted: true })
    expect(stock('Blocking traffic from 203.0.113.5', failed('192.0.2.7'))).toMatchObject({ ip: '192.0.2.7', counted: true })
  })

  test.each([
    ['the Call-ID', stock(`x} ${failed('203.0.113.5')}`, failed('192.0.2.7'))],
    ['the User-Agent', stock('x', failed('192.0.2.7', `} ${failed('203.0.113.5')}`))],
  ])('two messages with two addresses, one in %s, name nobody', (_, event) => {
    expect(event).toMatchObject({ rule: 'auth-failed', ...AMBIGUOUS })
  })

  test('what no shape can be read as is no reading: the last message stands', () => {
    expect(stock('x} <script>: Blocking traffic from 203.0.113.5', failed('192.0.2.7'))).toMatchObject({ ip: '192.0.2.7', counted: true })
  })

  test('a message that nobody listed, behind one in the Call-ID, is as likely as that one', () => {
    for (const last of [
      '<core> [core/x.c:1]: f(): anything',
      '<script>: ',
      'cpl-c [cpl.c:1]: x',
      'pike [p.c:1]: PIKE - UNBLOCKing node 0x1',
    ])
      expect(stock(`x} ${failed('203.0.113.5')}`, last)).toMatchObject(AMBIGUOUS)
  })

  test('two messages of different kinds with one address name nobody: a failure is not to pass for a success', () => {
    const registered = '<script>: Registered: ip=192.0.2.7:5060 user=1 domain=d contact=c ua=x'
    expect(stock('x', failed('192.0.2.7', `} ${registered}`))).toMatchObject(AMBIGUOUS)
    expect(stock(`x} ${registered}`, failed('192.0.2.7'))).toMatchObject(AMBIGUOUS)
  })

  test('where they agree in both the address counts, and nothing around it is believed', () => {
    expect(stock(`x} ${failed('192.0.2.7')}`, failed('192.0.2.7'))).toMatchObject({
      ip: '192.0.2.7',
      port: null,
      user: null,
      counted: true,
    })
  })

  test('a hundred places where a message may begin are one too many', () => {
    expect(stock('} <script>: '.repeat(100), failed('192.0.2.7'))).toMatchObject({ rule: 'auth-failed', ...AMBIGUOUS })
  })
})

describe('lines that were cut', () => {
  const cut = (line: string) => classify(line.padEnd(LONGEST_LINE, 'x').slice(0, LONGEST_LINE))
  const opensips = 'Jan 15 10:30:45 sbc1 opensips[1]: '

  test('the sources cut at the length from which lines are taken for cut', () => {
    expect(LONGEST_LINE).toBe(MAX_LINE)
  })

  test('count where nothing that is missing can change the address', () => {
    expect(cut(`${opensips}Scanner blocked: ip=192.0.2.8:5060 method=OPTIONS ua=`)).toMatchObject({
      ip: '192.0.2.8',
      counted: true,
      why: null,
    })
  })

  test('name nobody where the end decides', () => {
    const before = `${opensips}Scanner detected and logged to database - user_agent=`
    const forged = ' from 203.0.113.5:5060'
    const line = before + 'x'.repeat(LONGEST_LINE - before.length - forged.length) + forged
    expect(line).toHaveLength(LONGEST_LINE)
    expect(cut(line)).toMatchObject({ rule: 'scanner-detected', ...AMBIGUOUS })
    expect(classify(`${line} from 192.0.2.8:5060`.replace('xxxxxxxxxxxxxxxxxxxxxxxxx', ''))).toMatchObject({
      ip: '192.0.2.8',
      counted: true,
    })
  })

  test('name nobody where another message may begin behind the cut, or all readings count', () => {
    expect(cut(`${HEADER}{1 2 REGISTER x} <script>: Scanner blocked: ip=192.0.2.8:5060 method=OPTIONS ua=`)).toMatchObject(AMBIGUOUS)
    expect(cut(`${HEADER}<script>: REGISTER auth failure for 1 from 192.0.2.7:5060, ua `)).toMatchObject(AMBIGUOUS)
  })
})

test('a value that OpenSIPS or Kamailio print as <null> is none', () => {
  expect(xlog('Auth failed: ip=192.0.2.7:5060 method=REGISTER rc=-2 user=<null> realm=<null> ua=<null>')).toMatchObject({
    ip: '192.0.2.7',
    user: null,
    domain: null,
    userAgent: null,
  })
})
