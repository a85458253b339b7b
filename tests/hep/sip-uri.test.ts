import { describe, expect, test } from 'vitest'
import { parseUri } from '../../src/hep/sip-uri.ts'

describe('a URI', () => {
  test.each([
    ['sip:1001@example.com', '1001', 'example.com'],
    ['SIPS:1001:secret@example.com:5061;transport=tls?Subject=x', '1001', 'example.com'],
    ['sip:[2001:DB8::1]:5060;lr', null, '2001:db8::1'],
    ['sip:1001@[2001:db8::1]', '1001', '2001:db8::1'],
    ['sip:1001;phone-context=a@example.com', '1001;phone-context=a', 'example.com'],
    ['sip:a?b/c;d@example.com', 'a?b/c;d', 'example.com'],
    ['sip:%31%30%301@example.com', '1001', 'example.com'],
    ['sip:%C3%A9%40x@example.com', '\u00e9@x', 'example.com'],
    ['sip:100%@example.com', '100%', 'example.com'],
    ['sip:%zz%1@example.com', '%zz%1', 'example.com'],
    ['sip:a%ff%c3@example.com', 'a%ff%c3', 'example.com'],
    ['sip:@example.com', null, 'example.com'],
    ['sip::secret@example.com', null, 'example.com'],
    ['tel:+49-30-1234;phone-context=+49', '+49-30-1234', null],
    ['tel:', null, null],
    ['sip:my_host', null, 'my_host'],
    ['sip:', null, null],
    ['sip:a@b@c', null, null],
    ['sip:1001@', null, null],
    ['sip:1001@exa<mple', null, null],
    ['sip:1001@[2001:db8::1', null, null],
    ['sip:1001@example.com:port', null, null],
    ['sip:1001@example.com:123456', null, null],
    ['http://example.com', null, null],
    [':', null, null],
    ['*', null, null],
  ])('%j', (uri, user, host) => {
    expect(parseUri(uri)).toEqual({ user, host })
  })
})
