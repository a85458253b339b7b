import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isScanner, SCANNERS } from '../../src/hep/scanners.ts'
import { listen, type Reply, type Request } from './conversation.ts'

const CONTACT = ['<sip:1001@192.0.2.7:5060>;expires=300']
const invite = (more: Request = {}): Request => ({ method: 'INVITE', uri: 'sip:00972@198.51.100.1', ...more })

/** A REGISTER for example.com was challenged: the domain is known. */
function informed() {
  const talk = listen()
  talk.exchange({ callId: 'before' }, 401, { nonce: 'before' }, { from: '203.0.113.9' })
  return talk
}

type Row = [title: string, request: Request, code: number, reply: Reply, kind: string, rule: string, reason?: string]

const PLAIN: Row[] = [
  ['a first REGISTER is challenged', {}, 401, { nonce: 'n' }, 'auth_challenge', 'challenge'],
  ['a first INVITE is challenged', invite(), 407, { nonce: 'n' }, 'auth_challenge', 'challenge'],
  ['a REGISTER is refused uninvited', {}, 403, {}, 'door_knock', 'register-uninvited', 'acl_denied'],
  ['an unknown extension registers', {}, 404, {}, 'door_knock', 'register-unknown-endpoint', 'unknown_endpoint'],
  ['a REGISTER is refused otherwise', {}, 400, {}, 'failed_registration', 'register-refused'],
  ['a REGISTER is declined everywhere', {}, 603, {}, 'failed_registration', 'register-refused'],
  ['a longer interval is asked for', { expires: 5 }, 423, {}, 'request', 'request'],
  ['a foreign domain is refused', { domain: 'foo.com' }, 403, {}, 'door_knock', 'foreign-domain', 'domain_not_found'],
  ['a foreign domain is asked for', { method: 'OPTIONS', domain: 'foo.com' }, 404, {}, 'door_knock', 'foreign-domain', 'domain_not_found'],
  ['a call through us to elsewhere', invite({ uri: 'sip:1@foo.com' }), 403, {}, 'door_knock', 'foreign-domain', 'domain_not_found'],
  ['a call is refused', invite(), 403, {}, 'call_rejected', 'call-rejected'],
  ['a call finds nobody', invite(), 404, {}, 'call_rejected', 'call-rejected'],
  ['a scanner asks', { method: 'OPTIONS', userAgent: 'friendly-scanner' }, 200, {}, 'door_knock', 'scanner', 'scanner_detected'],
  ['a scanner calls', invite({ userAgent: 'my SIPVicious 1' }), 404, {}, 'door_knock', 'scanner', 'scanner_detected'],
  ['a scanner is challenged', { userAgent: 'pplsip' }, 401, { nonce: 'n' }, 'door_knock', 'scanner', 'scanner_detected'],
  ['a method nobody knows', { method: 'FOO' }, 405, {}, 'door_knock', 'unknown-method', 'method_not_allowed'],
  ['a method nobody knows', { method: 'FOO' }, 501, {}, 'door_knock', 'unknown-method', 'method_not_allowed'],
  ['a method not served here', { method: 'PUBLISH' }, 405, {}, 'request', 'request'],
  ['too many hops', invite(), 483, {}, 'door_knock', 'max-forwards', 'max_forwards_exceeded'],
  ['contacts are asked for', {}, 200, {}, 'request', 'request'],
  ['a call is taken', invite(), 200, {}, 'request', 'request'],
  ['somebody is busy', invite(), 486, {}, 'request', 'request'],
  ['somebody is away', invite(), 480, {}, 'request', 'request'],
  ['somebody is busy everywhere', invite(), 600, {}, 'request', 'request'],
  ['somebody declines', invite(), 603, {}, 'request', 'request'],
  ['a call is cancelled', invite(), 487, {}, 'request', 'request'],
  ['the server has trouble with a call', invite(), 503, {}, 'request', 'request'],
  ['a message is for nobody', { method: 'MESSAGE' }, 404, {}, 'request', 'request'],
  ['a registration', { contacts: CONTACT }, 200, { contacts: CONTACT }, 'registration', 'registration'],
  ['all is taken away', { contacts: ['*'], expires: 0 }, 200, {}, 'unregistration', 'unregistration'],
  ['a contact is taken away', { contacts: ['<sip:1001@192.0.2.7>;expires=0'] }, 200, {}, 'unregistration', 'unregistration'],
  ['contacts are taken away', { contacts: ['<sip:1001@192.0.2.7>'], expires: 0 }, 200, {}, 'unregistration', 'unregistration'],
]
const WITH_CREDENTIALS: Row[] = [
  ['a wrong password, asked again', {}, 401, { nonce: 'next' }, 'failed_registration', 'register-wrong-password'],
  ['a wrong password, refused', {}, 403, {}, 'failed_registration', 'register-forbidden'],
  ['an unknown user', {}, 404, {}, 'failed_registration', 'register-unknown-user'],
  ['an old nonce', {}, 401, { nonce: 'next', stale: true }, 'auth_challenge', 'stale-nonce'],
  ['an old nonce in a call', invite(), 407, { nonce: 'next', stale: true }, 'auth_challenge', 'stale-nonce'],
  ['a wrong password in a call', invite(), 407, { nonce: 'next' }, 'failed_auth', 'wrong-password'],
  ['a call forbidden', invite(), 403, {}, 'failed_auth', 'forbidden'],
  ['a wrong number', invite(), 404, {}, 'request', 'request'],
  ['a call is taken', invite(), 200, {}, 'auth_success', 'authenticated'],
  ['a registration', { contacts: CONTACT }, 200, { contacts: CONTACT }, 'registration', 'registration'],
  ['contacts are asked for', {}, 200, { contacts: CONTACT }, 'auth_success', 'authenticated'],
  ['a scanner guesses', { userAgent: 'friendly-scanner' }, 403, {}, 'failed_registration', 'register-forbidden'],
  ['a scanner has guessed', { userAgent: 'friendly-scanner', contacts: CONTACT }, 200, {}, 'registration', 'registration'],
  ['a scanner goes on', { userAgent: 'friendly-scanner' }, 401, { nonce: 'x', stale: true }, 'door_knock', 'scanner', 'scanner_detected'],
]

describe('what a request and its answer mean', () => {
  test.each(PLAIN)('%s (%j, %i %j): %s', (_title, request, code, reply, kind, rule, reason) => {
    const event = informed().exchange(request, code, reply)
    expect(event).toMatchObject({ kind, rule, code, filter: 'hep', ip: '192.0.2.7', why: null, reason: reason ?? 'Because' })
    expect(event?.counted).toBe(!['auth_challenge', 'request', 'registration', 'unregistration'].includes(kind))
  })

  test.each(WITH_CREDENTIALS)('with credentials, %s (%j, %i %j): %s', (_title, request, code, reply, kind, rule, reason) => {
    expect(informed().login(request, code, reply)).toMatchObject({ kind, rule, code, reason: reason ?? 'Because', proved: true })
  })

  test.each([500, 503, 504, 408, 487])('the server’s own trouble, %i, is recorded and counted against nobody', (code) => {
    const rule = 'register-server-trouble'
    expect(informed().login({}, code)).toMatchObject({ kind: 'failed_registration', rule, counted: false })
  })

  test('credentials that nobody asked for earn no success', () => {
    const request = { method: 'OPTIONS', nonce: 'made-up' }
    expect(informed().exchange(request, 200)).toMatchObject({ kind: 'request' })
  })

  test('credentials of a challenged call earn no success for another that is not challenged', () => {
    const talk = informed()
    talk.exchange(invite({ callId: 'x', cseq: 1 }), 407, { nonce: 'n' })
    expect(talk.exchange(invite({ callId: 'x', cseq: 2, domain: 'elsewhere.com', nonce: 'n' }), 200)).toMatchObject({ kind: 'request' })
    expect(talk.exchange(invite({ callId: 'y', cseq: 2, nonce: 'n' }), 200)).toMatchObject({ kind: 'request' })
    expect(talk.exchange(invite({ callId: 'x', cseq: 3, nonce: 'n', toTag: 'b' }), 200)).toMatchObject({ kind: 'request' })
  })

  test('no part of a request is too long to tell challenged requests apart', () => {
    const talk = informed()
    const long = 'x'.repeat(300)
    talk.exchange(invite({ user: long }), 407, { nonce: 'n' })
    expect(talk.exchange(invite({ user: long, domain: 'elsewhere.com', cseq: 2, nonce: 'n' }), 200)).toMatchObject({ kind: 'request' })
  })

  test('until any domain is known, a REGISTER that is refused at once names a foreign one, and a call does not', () => {
    expect(listen().exchange({ domain: 'foo.com' }, 403)).toMatchObject({ reason: 'domain_not_found', domain: 'foo.com' })
    expect(listen().exchange(invite({ uri: 'sip:1@foo.com' }), 403)).toMatchObject({ kind: 'call_rejected' })
  })

  test('a domain is known once a REGISTER for it was accepted', () => {
    const talk = informed()
    talk.exchange({ callId: 'r', domain: 'new.example', contacts: CONTACT }, 200)
    expect(talk.exchange({ domain: 'new.example' }, 403)).toMatchObject({ reason: 'acl_denied' })
  })
})

describe('what an event says', () => {
  test('a registration says all that the request and the answer say', () => {
    const contacts = ['"Desk" <sip:1001@10.0.0.7:5062;transport=udp>;q=1']
    const stored = ['<sip:1001@10.9.9.9>;expires=12', '<sip:1001@10.0.0.7:5062;transport=udp>;expires=60']
    const request = { callId: 'r', contacts, expires: 3600, userAgent: 'Yealink SIP-T46S 66.85.0.5 805ec0123456' }
    expect(informed().login(request, 200, { contacts: stored, reason: 'OK' }, { fromPort: 5066 })).toEqual({
      kind: 'registration',
      ip: '192.0.2.7',
      port: 5066,
      transport: 'udp',
      user: '1001',
      domain: 'example.com',
      userAgent: 'Yealink SIP-T46S 66.85.0.5 805ec0123456',
      method: 'REGISTER',
      code: 200,
      reason: 'OK',
      contact: contacts[0],
      expires: 60,
      callId: 'r',
      requestUri: 'sip:example.com',
      atMs: expect.any(Number),
      proved: true,
      counted: false,
      shadow: false,
      filter: 'hep',
      rule: 'registration',
      why: null,
      source: '',
      id: 'id-6',
    })
  })

  test('where the answer does not say how long, the request does', () => {
    const talk = informed()
    expect(talk.exchange({ callId: 'a', contacts: ['<sip:a@b>;expires=30'], expires: 60 }, 200)?.expires).toBe(30)
    expect(talk.exchange({ callId: 'b', contacts: ['<sip:a@b>'], expires: 60 }, 200)?.expires).toBe(60)
    expect(talk.exchange({ callId: 'c', contacts: ['<sip:a@b>'] }, 200)?.expires).toBe(null)
  })

  test('a failure names whose password was tried, everything else who asked', () => {
    const talk = informed()
    expect(talk.login({ callId: 'a', username: '1002@example.com' }, 403)).toMatchObject({ user: '1002', domain: 'example.com' })
    expect(talk.exchange(invite({ callId: 'b', user: '700' }), 404)).toMatchObject({ user: '700' })
  })

  test('of long fields 255 characters are kept', () => {
    const event = informed().exchange({ userAgent: 'a'.repeat(5000), user: 'u'.repeat(400) }, 403)
    expect([event?.userAgent?.length, event?.user?.length]).toEqual([255, 255])
  })
})

describe('User-Agents that only scanners send', () => {
  test.each(['kamailio', 'opensips'])('are the same as in the %s snippet', (server) => {
    const snippet = readFileSync(join(import.meta.dirname, `../../share/snippets/${server}.cfg`), 'utf8')
    expect(/\$ua =~ "([^"]+)"/.exec(snippet)?.[1]?.split('|')).toEqual([...SCANNERS])
  })

  test('are found anywhere, in any case, and phones are not', () => {
    expect(['friendly-scanner', 'x VAXSIPUSERAGENT/3', 'sipcli/v1.8'].map(isScanner)).toEqual([true, true, true])
    expect(['Yealink SIP-T46S', 'Grandstream', null].map(isScanner)).toEqual([false, false, false])
  })
})
