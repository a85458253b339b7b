import { describe, expect, it } from 'vitest'
import { checkSample, type ProvableFilter, proveFilter, renderFinding } from '../../src/prove/index.ts'
import { aFilter, aRule } from './a-filter.ts'

const URI = { alphabet: '[^ ]', source: 'OpenSIPS parser/parse_to.c: a space ends the URI' }

const OPENSIPS = aFilter(
  [
    aRule('^Scanner detected and logged to database - user_agent=<F-UA>.*</F-UA> from <ADDR>:<PORT>$', { id: 'scanner' }),
    aRule('^Door-knock blocked: domain=<F-DOMAIN>.*</F-DOMAIN> src=<ADDR> \\(not found\\)$', { id: 'knock-blocked' }),
    aRule('^Door-knock attempt logged to database - domain=<F-DOMAIN>.*</F-DOMAIN> from <ADDR>:<PORT>$', { id: 'knock-attempt' }),
    aRule('^Auth failed: ip=<ADDR>:<PORT> proto=<F-UA>.*</F-UA>$', { id: 'auth-failed' }),
    aRule(
      '^REGISTER: Failed registration logged to database - <F-USER>[^ ]*</F-USER>@<F-DOMAIN>[^ @]*</F-DOMAIN> from <ADDR>:<PORT>, response <F-CODE>\\d{3}</F-CODE> <F-REASON>.*</F-REASON>$',
      { id: 'failed-registration', guarantees: { user: URI, domain: URI } },
    ),
  ],
  [
    '^REQUEST: <F-METHOD>[^ ]+</F-METHOD> from <ADDR>:<PORT> to .* \\(Call-ID: .*\\)$',
    '^REGISTER: Stored request metadata for security tracking - source=<ADDR>:<PORT>, user_agent=.*$',
  ],
)

const FREESWITCH = aFilter([
  aRule(
    "^SIP auth failure \\(<F-METHOD>(?:REGISTER|INVITE)</F-METHOD>\\) on sofia profile '<F-CONTACT>.*</F-CONTACT>' for \\[<F-USER>[^ ]*</F-USER>\\] from ip <ADDR>$",
    {
      guarantees: { contact: { alphabet: "[^' ]", source: 'conf: the profile' }, user: { alphabet: '[^ ]', source: 'sofia-sip url.c' } },
    },
  ),
])

const CHAN_SIP = aFilter([
  aRule(
    "^Registration from '<F-USER>.*</F-USER>' failed for '<ADDR>(?::<PORT>)?' - (?:Wrong password|No matching peer found|Device does not match ACL)$",
    { ipv6: 'bracketed' },
  ),
])

const ASTERISK = aFilter([
  aRule(
    '^SecurityEvent="InvalidAccountID",EventTV="[^"]*",Severity="(?:Error|Informational)",Service="(?:PJSIP|SIP|AMI)",EventVersion="\\d+",AccountID="<F-USER>.*</F-USER>",LocalAddress="IPV[46]/(?:UDP|TCP|TLS)/[0-9a-fA-F:.]+/\\d+",RemoteAddress="IPV[46]/(?:UDP|TCP|TLS)/<ADDR>/<PORT>"$',
    { id: 'invalid-account' },
  ),
])

/** A display name without a bare quote, and a URI. */
const FROM = '(?:"(?:[^"\\\\]|\\\\.)*" )?<sips?:[^ "<>]*>'
const PJSIP = aFilter([
  aRule(
    `^Request '<F-METHOD>[A-Z]+</F-METHOD>' from '<F-USER>${FROM}</F-USER>' failed for '<ADDR>:<PORT>' \\(callid: <F-CALLID>.*</F-CALLID>\\) - No matching endpoint found$`,
    {
      ipv6: 'bracketed',
      guarantees: {
        method: { alphabet: '[A-Z]', source: 'assumed' },
        user: { alphabet: FROM, source: 'assumed' },
      },
    },
  ),
])

const fooled = ({ rules }: ReturnType<typeof proveFilter>) =>
  rules.flatMap(({ findings }) => findings.filter(({ kind }) => kind !== 'time'))

describe('rules that real servers need', () => {
  it.each<[string, ProvableFilter]>([
    ['OpenSIPS with its echo shapes', OPENSIPS],
    ['FreeSWITCH', FREESWITCH],
    ["Asterisk's security events, with all before the address in one free field", ASTERISK],
    ['chan_sip, whose IPv6 stands in brackets', CHAN_SIP],
  ])('%s: proved, and linear', (_, filter) => {
    const proof = proveFilter(filter)
    expect(proof.rules.flatMap(({ findings }) => findings.map(renderFinding))).toEqual([])
    expect(proof.ok).toBe(true)
  })

  it('pjsip rests on what a From may hold: a free Call-ID behind it does no harm', () => {
    expect(fooled(proveFilter(PJSIP))).toEqual([])
  })

  it('pjsip with a free From is refuted', () => {
    const failregex = PJSIP.rules[0]?.failregex.replace(FROM, () => '.*') ?? ''
    expect(fooled(proveFilter(aFilter([aRule(failregex, { ipv6: 'bracketed' })])))).toMatchObject([
      { kind: 'injection', against: 'its own' },
    ])
  })

  it('what is narrower than what the server prints needs no trust', () => {
    const narrow = aRule('^Challenge="<F-REASON>[^"]*</F-REASON>",RemoteAddress="IPV4/UDP/<ADDR>/<PORT>",Challenge="<F-UA>[^"]*</F-UA>"$')
    expect(fooled(proveFilter(aFilter([narrow])))).toEqual([])
  })

  it('a rule that says so is run with the run-time verdict, and what was found is listed', () => {
    const rule = aRule('^<F-USER>.*</F-USER> from <ADDR>, ua <F-UA>.*</F-UA>$', { verdict: 'runtime' })
    expect(proveFilter(aFilter([rule]))).toMatchObject({
      ok: true,
      rules: [{ verdict: 'runtime', findings: [{ kind: 'injection' }, { kind: 'injection' }] }],
    })
  })

  it('a run-time verdict does not excuse slow matching', () => {
    const rule = aRule('^(?:a|b|ab)*<ADDR>$', { verdict: 'runtime' })
    expect(proveFilter(aFilter([rule])).ok).toBe(false)
  })

  it('a rule of its own is proved against the shapes of the shipped filter', () => {
    const own = aFilter([aRule('^REGISTER: <F-UA>.*</F-UA> from <ADDR>$')])
    const findings = proveFilter(own, { against: [{ ...OPENSIPS, name: 'opensips' }] }).rules[0]?.findings
    expect(proveFilter(own).ok).toBe(true)
    expect(findings?.map((finding) => finding.kind === 'injection' && finding.against)).toEqual([
      'rule failed-registration of filter opensips',
      'echo shape ^REGISTER: Stored request metadata for security tracking - source=<ADDR>:<PORT>, user_agent=.*$ of filter opensips',
    ])
  })

  it('a rule whose own text begins with a space is not tried against folded headers', () => {
    expect(proveFilter(aFilter([aRule('^ x: Call \\(UDP:<ADDR>:<PORT>\\) to .*$')])).ok).toBe(true)
    expect(proveFilter(aFilter([aRule('^ ?x: Call \\(UDP:<ADDR>:<PORT>\\) to .*$')])).ok).toBe(false)
  })
})

describe('exactly one rule', () => {
  it('two rules that match the same line are both told so', () => {
    const proof = proveFilter(
      aFilter([aRule('^a <ADDR> <F-CODE>4\\d\\d</F-CODE>$', { id: 'one' }), aRule('^a <ADDR> <F-CODE>40[34]</F-CODE>$', { id: 'two' })]),
    )
    expect(proof.rules.map(({ findings }) => findings)).toMatchObject([
      [
        {
          kind: 'overlap',
          against: 'rule two',
          witness: { text: 'a 198.51.100.7 403', rule: { start: 2, end: 14 }, shape: { start: 2, end: 14 } },
        },
      ],
      [{ kind: 'overlap', against: 'rule one' }],
    ])
  })

  it('what an ignoreregex takes out is not matched twice', () => {
    const method = { method: { alphabet: '[A-Z]', source: 'RFC 3261, 25.1: Method' } }
    const one = aRule('^a <ADDR> <F-METHOD>REGISTER</F-METHOD>$', { id: 'one', guarantees: method })
    const two = aRule('^a <ADDR> <F-METHOD>[A-Z]+</F-METHOD>$', { id: 'two', guarantees: method, ignoreregex: '^a .* REGISTER$' })
    expect(proveFilter(aFilter([one, two]))).toMatchObject({ ok: true, rules: [{ verdict: 'proved' }, { verdict: 'proved' }] })
    expect(proveFilter(aFilter([one, { ...two, ignoreregex: null }])).ok).toBe(false)
  })

  it('an echo shape that a rule counts, with the right address, is an overlap', () => {
    const proof = proveFilter(aFilter([aRule('^REQUEST: <F-UA>.*</F-UA> from <ADDR>$')], ['^REQUEST: fine from <ADDR>$']))
    expect(proof.rules[0]?.findings).toMatchObject([{ kind: 'overlap', against: 'echo shape ^REQUEST: fine from <ADDR>$' }])
  })

  it('a rule without an address may not share a line with a shape that has one', () => {
    const proof = proveFilter(aFilter([aRule('^saved <F-USER>.*</F-USER>$')], ['^saved by <ADDR>$']))
    expect(proof.rules[0]?.findings).toMatchObject([{ kind: 'injection', witness: { rule: null, text: 'saved by 198.51.100.7' } }])
  })
})

describe('checkSample', () => {
  const [rule] = CHAN_SIP.rules as [ReturnType<typeof aRule>]

  it('accepts a line that the rule matches and the server can print', () => {
    expect(checkSample(rule, "Registration from '\"1001\" <sip:1001@example.com>' failed for '192.0.2.7:5060' - Wrong password")).toEqual({
      rule: true,
      shape: true,
    })
  })

  it('tells a line that the server cannot print from one that is not matched', () => {
    const narrow = aRule('^user <F-USER>.*</F-USER> from <ADDR>$', { guarantees: { user: { alphabet: '[^ ]', source: 'RFC' } } })
    expect(checkSample(narrow, 'user a b from 192.0.2.7')).toEqual({ rule: true, shape: false })
    expect(checkSample(aRule('^user <F-USER>[a-z]*</F-USER> from <ADDR>$'), 'user 1 from 192.0.2.7')).toEqual({ rule: false, shape: true })
  })
})
