import { describe, expect, test } from 'vitest'
import { bindings } from '../../src/hep/sip-bindings.ts'
import { parseSip } from '../../src/hep/sip-message.ts'
import type { SipMessage } from '../../src/hep/types.ts'

const REQUEST_LINE = 'REGISTER sip:example.com SIP/2.0'
const HEADERS = {
  via: 'Via: SIP/2.0/UDP 192.0.2.7:5061;rport;branch=z9hG4bK-1',
  from: 'From: "Desk 1" <sip:1001@example.com>;tag=ab',
  to: 'To: <sip:1001@example.com>',
  callId: 'Call-ID: 1-14534@192.0.2.7',
  cseq: 'CSeq: 2 REGISTER',
}
type Headers = Partial<Record<keyof typeof HEADERS, string>>

const textOf = (changed: Headers, more: readonly string[], startLine = REQUEST_LINE) =>
  [startLine, ...Object.values({ ...HEADERS, ...changed }).filter(Boolean), ...more, '', ''].join('\r\n')
const parse = (text: string): SipMessage => {
  const message = parseSip(Buffer.from(text))
  if (!message) throw new Error(`not read: ${text}`)
  return message
}
/** A message with some headers other than usual, and more of them. */
const withHeaders = (changed: Headers, ...more: string[]) => parse(textOf(changed, more))
const contacts = (...headers: string[]) => withHeaders({}, ...headers).contacts

describe('a request', () => {
  test('says everything that matters', () => {
    const authorization =
      'Authorization: Digest username="1001", realm="example.com",nonce="a/b+c==", uri="sip:example.com", response="0123",algorithm=MD5'
    const more = ['User-Agent: Yealink SIP-T46S 66.85.0.5', 'Contact: <sip:1001@192.0.2.7:5061>;expires=60', 'Expires: 3600', authorization]
    expect(withHeaders({}, ...more)).toEqual({
      request: { method: 'REGISTER', uri: 'sip:example.com', target: { user: null, host: 'example.com' } },
      reply: null,
      ...{ branch: 'z9hG4bK-1', vias: 1, callId: '1-14534@192.0.2.7', cseq: { number: 2, method: 'REGISTER' } },
      from: { user: '1001', host: 'example.com', tag: 'ab' },
      to: { user: '1001', host: 'example.com', tag: null },
      ...{ userAgent: 'Yealink SIP-T46S 66.85.0.5', contacts: ['<sip:1001@192.0.2.7:5061>;expires=60'], expires: 3600 },
      credentials: [{ username: '1001', realm: 'example.com', nonce: 'a/b+c==' }],
      ...{ challenges: [], stale: false },
    })
  })

  test.each(['register sip:a SIP/2.0', "R-x.!%*_+`'~ sip:a sip/2.0", 'INVITE  \t sip:a \t SIP/2.0  '])('may begin with %j', (startLine) => {
    expect(parse(textOf({}, [], startLine)).request).toMatchObject({ method: startLine.split(' ')[0], uri: 'sip:a' })
  })

  test.each([
    '',
    'REGISTER',
    'REGISTER sip:a',
    'REGISTER sip:a SIP/1.0',
    'REGISTER sip:a b SIP/2.0',
    ' REGISTER sip:a SIP/2.0',
    'GET / HTTP/1.1',
  ])('is not read where it begins with %j', (startLine) => {
    expect(parseSip(Buffer.from(textOf({}, [], startLine)))).toBeNull()
  })

  test.each(['from', 'to', 'callId', 'cseq'] as const)('is not read without its %s', (name) => {
    expect(parseSip(Buffer.from(textOf({ [name]: '' }, [])))).toBeNull()
  })

  test.each([
    'CSeq: REGISTER',
    'CSeq: 2',
    'CSeq: 2 REG ISTER',
    'CSeq: -2 REGISTER',
    'CSeq: 12345678901 REGISTER',
    'Call-ID:',
    'From: ',
    'To:\t',
  ])('is not read with %j', (header) => {
    const name = { CS: 'cseq', Ca: 'callId', Fr: 'from', To: 'to' }[header.slice(0, 2)] as keyof typeof HEADERS
    expect(parseSip(Buffer.from(textOf({ [name]: header }, [])))).toBeNull()
  })
})

describe('a reply', () => {
  test.each([
    ['SIP/2.0 200 OK', { code: 200, reason: 'OK' }],
    ['sip/2.0 403 Forbidden, go away', { code: 403, reason: 'Forbidden, go away' }],
    ['SIP/2.0 401', { code: 401, reason: '' }],
    ['SIP/2.0 404 ', { code: 404, reason: '' }],
  ])('%j', (startLine, reply) => {
    expect(parse(textOf({}, [], startLine))).toMatchObject({ request: null, reply })
  })

  test.each(['SIP/2.0 20 OK', 'SIP/2.0 2000 OK', 'SIP/2.0 700 x', 'SIP/2.0 099 x', 'SIP/2.0 OK', 'SIP/2.0200 OK', 'HTTP/1.1 200 OK'])(
    'is not read where it begins with %j',
    (startLine) => {
      expect(parseSip(Buffer.from(textOf({}, [], startLine)))).toBeNull()
    },
  )

  test('names the nonces it asks with', () => {
    const more = [
      'WWW-Authenticate: Digest realm="a", nonce="n1", stale=FALSE',
      'Proxy-Authenticate:Digest nonce=n2,realm="b"',
      'WWW-Authenticate: Basic realm="c"',
    ]
    expect(parse(textOf({}, more, 'SIP/2.0 401 Unauthorized'))).toMatchObject({ challenges: ['n1', 'n2'], stale: false })
  })

  test.each(['stale=true', 'stale=TRUE', 'stale="true"', 'STALE = true'])('says by %s that the nonce was too old', (stale) => {
    expect(parse(textOf({}, [`WWW-Authenticate: Digest nonce="n",${stale}`], 'SIP/2.0 401 Unauthorized')).stale).toBe(true)
  })
})

describe('headers', () => {
  test('may be written short and in any case', () => {
    const short = {
      via: 'v:SIP/2.0/UDP a;BRANCH=z1',
      from: 'F:sip:1@a;tag=2',
      to: 'tO: sip:3@b',
      callId: 'i : x',
      cseq: 'CSEQ:\t7\t INVITE',
    }
    expect(withHeaders(short, 'M: <sip:4@c>', 'EXPIRES:5', 'user-AGENT: u')).toMatchObject({
      ...{ branch: 'z1', callId: 'x', cseq: { number: 7, method: 'INVITE' }, contacts: ['<sip:4@c>'], expires: 5, userAgent: 'u' },
      ...{ from: { user: '1', host: 'a', tag: '2' }, to: { user: '3', host: 'b', tag: null } },
    })
  })

  test('may be folded', () => {
    expect(withHeaders({ from: 'From:\r\n "A"\r\n\t <sip:1@a>\r\n ;tag=x' }, 'User-Agent: one\r\n  two\n\tthree')).toMatchObject({
      ...{ from: { user: '1', host: 'a', tag: 'x' }, userAgent: 'one two three' },
    })
  })

  test('may end in a bare LF, and empty lines may come first', () => {
    expect(parse(`\r\n\n\r\n${textOf({}, []).replaceAll('\r\n', '\n')}`)).toEqual(withHeaders({}))
  })

  test.each(['\r\n\r\n', '\n\n', '\r\n\n', '\n\r\n'])('end at the first empty line (%j)', (blank) => {
    expect(parse(`${textOf({}, []).trimEnd()}${blank}User-Agent: of the body\r\n\r\nContact: <sip:b@b>\r\n`)).toEqual(withHeaders({}))
  })

  test('that are no headers are passed over', () => {
    const others = [
      'no colon',
      ': no name',
      ' User-Agent: folded to that',
      'X-User-Agent: other',
      `${'x'.repeat(100)}: y`,
      'User-Agent2: z',
    ]
    expect(withHeaders({}, ...others)).toEqual(withHeaders({}))
  })

  test('that may be there once count the first time', () => {
    const second = ['From: <sip:evil@a>;tag=z', 'f: <sip:evil@a>', 'To: <sip:evil@a>', 'i: evil', 'CSeq: 9 INVITE', 'Via: x;branch=evil']
    const message = withHeaders({}, 'User-Agent: first', 'Expires: 1', ...second, 'User-Agent: evil', 'Expires: 2')
    expect(message).toEqual({ ...withHeaders({}, 'User-Agent: first', 'Expires: 1'), vias: 2 })
  })

  test('are looked at 200 times', () => {
    const many = (count: number) => Array<string>(count).fill('X: y')
    expect(withHeaders({}, ...many(194), 'User-Agent: seen', 'User-Agent: not').userAgent).toBe('seen')
    expect(withHeaders({}, ...many(195), 'User-Agent: not').userAgent).toBeNull()
  })

  test('of a message that is cut are read as far as they go', () => {
    expect(parse(textOf({}, ['Contact: <sip:1001@192.0']).trimEnd()).contacts).toEqual(['<sip:1001@192.0'])
  })

  test('are read of a message of 64 KiB', () => {
    const userAgent = 'x'.repeat(65_000)
    expect(withHeaders({}, `User-Agent: ${userAgent}`).userAgent).toBe(userAgent)
  })

  test('keep control characters and UTF-8; other bytes become U+FFFD', () => {
    const bytes = Buffer.concat([
      Buffer.from(textOf({}, []).trimEnd()),
      Buffer.from('\r\nUser-Agent: \0\x1b[31m \u00e9\r', 'utf8'),
      Buffer.from([0xff, 0x0d, 0x0a]),
    ])
    expect(parseSip(bytes)!.userAgent).toBe('\0\x1b[31m \u00e9\r\ufffd')
  })

  test.each(['Expires: x', 'Expires: -1', 'Expires: 1.5', 'Expires: 12345678901', 'Expires:'])('%j says nothing', (header) => {
    expect(withHeaders({}, header).expires).toBeNull()
  })

  test('Expires is at most 2^32 − 1 seconds', () => {
    expect(withHeaders({}, 'Expires: 9999999999').expires).toBe(0xffffffff)
  })
})

describe('Via', () => {
  test.each([
    ['SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2', '1', 2],
    ['SIP / 2.0 / TCP [2001:db8::1]:5060 ; x="a,b;branch=no" ; branch = 3', '3', 1],
    ['SIP/2.0/UDP a', null, 1],
    ['SIP/2.0/UDP a;branch=', null, 1],
    ['SIP/2.0/UDP a;branch, SIP/2.0/UDP b;branch=2', null, 2],
  ])('%j', (via, branch, vias) => {
    expect(withHeaders({ via: `Via: ${via}` })).toMatchObject({ branch, vias })
  })

  test('may be missing', () => {
    expect(withHeaders({ via: '' })).toMatchObject({ branch: null, vias: 0 })
  })
})

describe('From', () => {
  test.each([
    ['<sip:1001@example.com>', '1001', 'example.com', null],
    ['sip:1001@example.com;tag=a;x=y', '1001', 'example.com', 'a'],
    ['"A \\"B\\" <sip:evil@evil>;tag=evil" <sip:1001@Example.COM;tag=uri>; TAG = a', '1001', 'example.com', 'a'],
    ['Anonymous Caller <sips:anonymous@anonymous.invalid>;tag="q;d"', 'anonymous', 'anonymous.invalid', 'q;d'],
    ['<sip:example.com>;tag=a;tag=b', null, 'example.com', 'a'],
    ['<sip:1001@example.com', '1001', 'example.com', null],
    ['sip:1001@example.com;x="<sip:evil@evil>"', '1001', 'example.com', null],
    ['"never closed <sip:1001@example.com>;tag=a', null, null, null],
    ['< sip:1001@example.com >', '1001', 'example.com', null],
    ['<urn:service:sos>;tag=a', null, null, 'a'],
    ['nonsense', null, null, null],
  ])('%j', (from, user, host, tag) => {
    expect(withHeaders({ from: `From: ${from}` }).from).toEqual({ user, host, tag })
  })
})

describe('Contact', () => {
  test('is taken apart at its commas, not at those in quotes and brackets', () => {
    expect(contacts('Contact: "a, b" <sip:1@a,b>;q=1 ,, <sip:2@b>;x="c,d" , sip:3@c')).toEqual([
      ...['"a, b" <sip:1@a,b>;q=1', '<sip:2@b>;x="c,d"', 'sip:3@c'],
    ])
  })

  test('may be there more than once', () => {
    expect(contacts('Contact: <sip:1@a>,<sip:2@a>', 'm: <sip:3@a>')).toEqual(['<sip:1@a>', '<sip:2@a>', '<sip:3@a>'])
  })

  test('may be a star', () => {
    expect(contacts('Contact: *')).toEqual(['*'])
  })

  test('is taken 200 times at most', () => {
    expect(contacts(`Contact: ${'<sip:1@a>,'.repeat(150)}`, `Contact: ${'<sip:2@a>,'.repeat(150)}`)).toHaveLength(200)
  })

  test('may never end', () => {
    expect(contacts('Contact: <sip:1@a>, "never \\" closed, <sip:2@b>')).toEqual(['<sip:1@a>', '"never \\" closed, <sip:2@b>'])
    expect(contacts('Contact: <sip:1@a, <sip:2@b')).toEqual(['<sip:1@a, <sip:2@b'])
  })

  test('binds for as long as it says', () => {
    const values = '"Desk" <sip:1001@192.0.2.7:5061;ob>;expires=60, sip:2@B;EXPIRES="7" , <sip:3@c;expires=5>, <sip:4@d>;expires=soon'
    expect(bindings(withHeaders({}, `Contact: ${values}`, 'Contact: *'))).toEqual([
      { uri: 'sip:1001@192.0.2.7:5061;ob', user: '1001', host: '192.0.2.7', expires: 60 },
      { uri: 'sip:2@B', user: '2', host: 'b', expires: 7 },
      { uri: 'sip:3@c;expires=5', user: '3', host: 'c', expires: null },
      { uri: 'sip:4@d', user: '4', host: 'd', expires: null },
    ])
  })
})

describe('credentials', () => {
  const credentials = (header: string) => withHeaders({}, header).credentials

  test('are those of every header', () => {
    const both = withHeaders({}, 'Authorization: Digest username="a"', 'Proxy-Authorization: digest\tusername=b,realm=c').credentials
    expect(both).toEqual([
      { username: 'a', realm: null, nonce: null },
      { username: 'b', realm: 'c', nonce: null },
    ])
  })

  test('may have commas, equals signs and escaped quotes in quotes', () => {
    expect(credentials('Authorization: Digest username="a, nonce=\\"b\\\\",  nonce = "x=,y" ,realm=""')).toEqual([
      { username: 'a, nonce="b\\', realm: '', nonce: 'x=,y' },
    ])
  })

  test('count as they are written last', () => {
    expect(credentials('Authorization: Digest username="a",nonce="1",username="b"')).toEqual([{ username: 'b', realm: null, nonce: '1' }])
  })

  test('of another scheme are none', () => {
    expect(credentials('Authorization: Basic dXNlcjpwYXNz')).toEqual([])
    expect(credentials('Authorization: Digestive username="a"')).toEqual([])
  })

  test('may never end', () => {
    expect(credentials('Authorization: Digest realm="x", username="a, nonce=1')).toEqual([
      { username: 'a, nonce=1', realm: 'x', nonce: null },
    ])
  })
})
