import fc from 'fast-check'
import type { SipMessage } from '../../src/hep/types.ts'

/** Valid SIP messages as their senders may write them, each with what they say (RFC 3261 sections 7.3 and 25.1). */

export interface Written {
  readonly text: string
  readonly says: SipMessage
}

const letters = (alphabet: string, minLength: number, maxLength = 12) =>
  fc.array(fc.constantFrom(...alphabet), { minLength, maxLength }).map((chosen) => chosen.join(''))
const TOKEN = "abcXYZ019-.!%*_+`'~"
const token = letters(TOKEN, 1)
const method = fc.oneof(fc.constantFrom('REGISTER', 'INVITE', 'OPTIONS'), token)
const printable = 'ab Z0,;<>@:=?()[]{}/\\"é€\t'
/** Content of a quoted string, and how it may be written. */
const quoted = fc.array(fc.tuple(fc.constantFrom(...printable), fc.boolean()), { maxLength: 8 }).map((chosen) => ({
  content: chosen.map(([character]) => character).join(''),
  text: `"${chosen.map(([character, escaped]) => (escaped || '"\\'.includes(character) ? `\\${character}` : character)).join('')}"`,
}))

/** Optional white space, which may hold a fold. */
const space = fc.constantFrom('', '', '', ' ', '\t', '  ', '\r\n ', ' \r\n\t ')
const needed = fc.constantFrom(' ', ' ', '\t', '  ', '\r\n ')
const anyCase = (name: string) => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase())

const user = fc
  .array(fc.tuple(fc.constantFrom(...'abZ09-_.!~*&=+$,;?/ @:é'), fc.boolean()), { minLength: 1, maxLength: 8 })
  .map((chosen) => ({
    user: chosen.map(([character]) => character).join(''),
    text: chosen.map(([character, escaped]) => (escaped || ' @:é'.includes(character) ? percent(character) : character)).join(''),
  }))
const percent = (character: string) => [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

const host = fc.constantFrom('example.com', 'SIP.Example.org', '192.0.2.7', '[2001:DB8::7]', 'a-b.c')
const bare = (host: string) => host.replaceAll(/[[\]]/g, '').toLowerCase()
const uri = fc
  .record({
    scheme: fc.constantFrom('sip', 'sips', 'SIP'),
    user: fc.option(user),
    password: fc.constantFrom('', '', ':secret'),
    host,
    port: fc.constantFrom('', '', ':5060', ':65535'),
    tail: fc.constantFrom('', '', ';lr', ';transport=tcp;ob', ';expires=1;tag=no', '?Subject=a&b=c'),
  })
  .map(({ scheme, user, password, host, port, tail }) => ({
    text: `${scheme}:${user ? `${user.text}${password}@` : ''}${host}${port}${tail}`,
    target: { user: user?.user ?? null, host: bare(host) },
  }))
/** Where no brackets stand around it, it has no `,`, `?` or `;` (section 20.10). */
const plainUri = fc.tuple(letters('abZ09-_.!~*', 1), host).map(([user, host]) => ({
  text: `sip:${user}@${host}`,
  target: { user, host: bare(host) },
}))

/** Parameters of a header that the parser looks for among others. */
function parameters(name: string, value: fc.Arbitrary<{ content: string; text: string } | null>) {
  const others = fc.array(fc.constantFrom(';x', ';y=1', ';z="a;b,c\\"<"', ';methods="INVITE, ACK"'), { maxLength: 2 })
  return fc.tuple(others, others, value, space, space, space, anyCase(name)).map(([before, behind, value, s1, s2, s3, written]) => ({
    text: [...before, value ? `${s1};${s2}${written}${s3}=${s1}${value.text}` : '', ...behind].join(''),
    value: value?.content ?? null,
  }))
}
const tokenValue = token.map((content) => ({ content, text: content }))

const displayName = fc.oneof(
  fc.constantFrom('', '', 'Desk ', 'Front Desk  '),
  fc.tuple(quoted, space).map(([{ text }, after]) => `${text}${after}`),
)
function nameAddress<T extends { text: string }>(rest: fc.Arbitrary<T>) {
  const address = fc.oneof(
    plainUri,
    fc.tuple(displayName, uri).map(([name, { text, target }]) => ({ text: `${name}<${text}>`, target })),
  )
  return fc.tuple(address, rest).map(([{ text, target }, rest]) => ({ text: `${text}${rest.text}`, target, rest }))
}
const party = nameAddress(parameters('tag', fc.option(tokenValue))).map(({ text, target, rest }) => ({
  text,
  says: { ...target, tag: rest.value },
}))

const contact = nameAddress(parameters('expires', fc.option(fc.nat().map((n) => ({ content: String(n), text: String(n) }))))).map(
  ({ text }) => text,
)
const via = fc
  .tuple(space, fc.constantFrom('UDP', 'TCP', 'TLS', 'WSS'), needed, host, parameters('branch', fc.option(tokenValue)))
  .map(([gap, protocol, needed, host, { text, value }]) => ({
    text: `SIP${gap}/${gap}2.0/${protocol}${needed}${host}${text}`,
    branch: value,
  }))

const digest = fc
  .record({ username: fc.option(quoted), realm: fc.option(quoted), nonce: fc.option(quoted), gap: space, needed, isFirst: fc.boolean() })
  .map(({ gap, needed, isFirst, ...values }) => {
    const parts = Object.entries(values).flatMap(([name, value]) => (value ? [`${name}${gap}=${gap}${value.text}`] : []))
    const all = isFirst ? ['algorithm=MD5', ...parts] : [...parts, 'nc=00000001']
    const content = (value: { content: string } | null) => value?.content ?? null
    const [username, realm, nonce] = [values.username, values.realm, values.nonce].map(content) as [
      string | null,
      string | null,
      string | null,
    ]
    return { text: `Digest${needed}${all.join(`${gap},${gap}`)}`, says: { username, realm, nonce } }
  })

/** Comma lists of several values, over one header or more. */
function lists(name: string, compact: string, values: readonly string[], together: boolean, gap: string): [string, string][] {
  if (together && values.length > 0) return [[compact, values.join(`${gap},${gap}`)]]
  return values.map((value) => [name, value])
}

const startLine = fc.oneof(
  fc.tuple(method, uri, needed).map(([method, { text, target }]) => ({
    text: `${method} ${text} SIP/2.0`,
    says: { request: { method, uri: text, target }, reply: null },
  })),
  fc.tuple(fc.integer({ min: 100, max: 699 }), fc.constantFrom('OK', 'Not Found', 'Grüße, Welt')).map(([code, reason]) => ({
    text: `SIP/2.0 ${code} ${reason}`,
    says: { request: null, reply: { code, reason } },
  })),
)

export const sipMessage: fc.Arbitrary<Written> = fc
  .record({
    startLine,
    vias: fc.array(via, { maxLength: 3 }),
    from: party,
    to: party,
    callId: token,
    cseq: fc.record({ number: fc.nat(), method }),
    userAgent: fc.option(token),
    contacts: fc.array(contact, { maxLength: 3 }),
    expires: fc.option(fc.nat()),
    credentials: fc.array(digest, { maxLength: 2 }),
    challenges: fc.array(digest, { maxLength: 2 }),
    style: fc.record({ compact: fc.boolean(), together: fc.boolean(), gap: space, needed, newline: fc.constantFrom('\r\n', '\r\n', '\n') }),
    casing: fc.infiniteStream(fc.nat(2)),
    order: fc.infiniteStream(fc.nat()),
    body: fc.constantFrom('', 'v=0\r\nFrom: <sip:body@body>\r\n', '\r\n\r\n'),
  })
  .map(({ startLine, vias, contacts, credentials, challenges, style, casing, order, body, from, to, cseq, ...rest }) => {
    const { compact, together, gap, newline } = style
    const short = (name: string, form: string) => (compact ? form : name)
    const headers: [string, string][] = [
      ...lists(
        'Via',
        short('Via', 'v'),
        vias.map(({ text }) => text),
        together,
        gap,
      ),
      [short('From', 'f'), from.text],
      [short('To', 't'), to.text],
      [short('Call-ID', 'i'), rest.callId],
      ['CSeq', `${cseq.number}${style.needed}${cseq.method}`],
      ...(rest.userAgent === null ? [] : [['User-Agent', rest.userAgent] as [string, string]]),
      ...lists('Contact', short('Contact', 'm'), contacts, together, gap),
      ...(rest.expires === null ? [] : [['Expires', String(rest.expires)] as [string, string]]),
      ...credentials.map(({ text }, i): [string, string] => [i ? 'Proxy-Authorization' : 'Authorization', text]),
      ...challenges.map(({ text }, i): [string, string] => [i ? 'WWW-Authenticate' : 'Proxy-Authenticate', text]),
    ]
    const cased = (name: string) => [name, name.toLowerCase(), name.toUpperCase()][casing.next().value as number]
    const lines = inAnyOrder(headers, () => order.next().value as number).map(
      ([name, value]) => `${cased(name)}:${gap}${value}${gap.trimEnd()}`,
    )
    return {
      text: `${[startLine.text, ...lines, '', ''].join('\r\n').replaceAll('\r\n', newline)}${body}`,
      says: {
        ...startLine.says,
        ...{ branch: vias[0]?.branch ?? null, vias: vias.length, callId: rest.callId, cseq, from: from.says, to: to.says },
        ...{ userAgent: rest.userAgent, contacts: contacts.map((text) => text.replaceAll(/\r\n[ \t]+/g, ' ').trim()) },
        ...{ expires: rest.expires, credentials: credentials.map(({ says }) => says) },
        ...{ challenges: challenges.flatMap(({ says }) => says.nonce ?? []), stale: false },
      },
    }
  })

/** Headers of different names may change places, those of one name may not. */
function inAnyOrder(headers: readonly [string, string][], draw: () => number): [string, string][] {
  const groups = new Map<string, [string, string][]>()
  for (const header of headers) groups.set(groupOf(header[0]), [...(groups.get(groupOf(header[0])) ?? []), header])
  return [...groups.values()]
    .map((group) => ({ group, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .flatMap(({ group }) => group)
}
const groupOf = (name: string) => (/^(?:Proxy-|WWW-)?(Auth)/.exec(name)?.[1] ? (name.endsWith('ate') ? 'challenge' : 'credentials') : name)
