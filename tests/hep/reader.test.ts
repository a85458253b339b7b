import { describe, expect, test } from 'vitest'
import { createHepReader } from '../../src/hep/index.ts'
import { back, CONTACT, type Hop, hep, invite, listen, type Request, SERVER, START_MS, sipReply, sipRequest } from './conversation.ts'

describe('transactions', () => {
  test('a request and its answer, however often they are sent again, are one event, with the answer’s id', () => {
    const talk = listen()
    for (let i = 0; i < 5; i++) expect(talk.ask({})).toEqual([])
    expect(talk.answer({}, 403)).toMatchObject([{ kind: 'door_knock', id: 'id-6' }])
    for (let i = 0; i < 5; i++) expect([...talk.ask({}), ...talk.answer({}, 403)]).toEqual([])
    expect(talk.wait(10_000)).toEqual([])
  })

  test('a provisional answer is waited out, and the final one decides', () => {
    const talk = listen()
    talk.ask(invite())
    expect(talk.answer(invite(), 100)).toEqual([])
    expect(talk.answer(invite(), 180)).toEqual([])
    expect(talk.wait(30_000)).toEqual([])
    expect(talk.answer(invite(), 404)).toMatchObject([{ kind: 'call_rejected', code: 404 }])
  })

  test('ACK and CANCEL, and the answer to it, belong to their INVITE', () => {
    const talk = listen()
    const cancel = invite({ method: 'CANCEL' })
    talk.ask(invite())
    expect([...talk.ask(cancel), ...talk.answer(cancel, 200)]).toEqual([])
    expect(talk.answer(invite(), 487)).toMatchObject([{ method: 'INVITE', code: 487 }])
    expect([...talk.ask(invite({ method: 'ACK' })), ...talk.wait(10_000)]).toEqual([])
  })

  test('a REGISTER does not pass for a CANCEL by what its CSeq says', () => {
    const talk = listen()
    const disguised = sipRequest({}).replace('CSeq: 1 REGISTER', 'CSeq: 1 CANCEL')
    const answer = sipReply({ method: 'CANCEL' }, 403)
    expect([...talk.hear(disguised), ...talk.hear(answer, back({}))]).toMatchObject([{ kind: 'door_knock', method: 'REGISTER' }])
  })

  test('without a branch, Call-ID and CSeq tell one transaction from another', () => {
    const talk = listen()
    talk.ask({ branch: null, cseq: 1 })
    talk.ask({ branch: null, cseq: 2, nonce: 'n' })
    expect(talk.answer({ branch: null, cseq: 2 }, 403)).toMatchObject([{ kind: 'failed_registration' }])
    expect(talk.answer({ branch: null, cseq: 1 }, 403)).toMatchObject([{ kind: 'door_knock' }])
  })

  test('guesses under one branch, Call-ID and CSeq are as many as they are', () => {
    const talk = listen()
    for (let i = 0; i < 5; i++) talk.exchange({ nonce: 'n', response: `one by one ${i}` }, 403)
    for (let i = 0; i < 5; i++) talk.ask({ nonce: 'n', response: `all at once ${i}` })
    for (let i = 0; i < 5; i++) talk.answer({}, 403)
    expect(talk.heard.filter(({ kind }) => kind === 'failed_registration')).toHaveLength(10)
  })

  test('what comes more often than any client sends a request again is seen each time', () => {
    const talk = listen()
    for (let i = 0; i < 100; i++) talk.ask({})
    expect(talk.heard).toHaveLength(89)
    expect(talk.heard[0]).toMatchObject({ kind: 'request', rule: 'unanswered', method: 'REGISTER' })
  })

  test('a request that is sent again after half a minute is a new one', () => {
    const talk = listen()
    talk.exchange({}, 403)
    talk.wait(32_000)
    expect(talk.exchange({}, 403)).toMatchObject({ kind: 'door_knock' })
  })

  test('requests of two addresses under one branch are two', () => {
    const talk = listen()
    talk.ask({}, { from: '192.0.2.8' })
    talk.ask({}, { from: '192.0.2.9' })
    expect(talk.answer({}, 403, {}, { from: '192.0.2.9' })).toMatchObject([{ ip: '192.0.2.9' }])
    expect(talk.answer({}, 403, {}, { from: '192.0.2.8' })).toMatchObject([{ ip: '192.0.2.8' }])
  })

  test('an answer that goes to the port of the Via finds the request that came from another', () => {
    const talk = listen()
    talk.ask({}, { fromPort: 40_000 })
    expect(talk.answer({}, 403, {}, { fromPort: 5060 })).toMatchObject([{ port: 40_000 }])
  })
})

describe('an answer without its request', () => {
  test.each([
    ['REGISTER', 403, 'failed_registration', 'register-forbidden'],
    ['REGISTER', 404, 'door_knock', 'register-unknown-endpoint'],
    ['REGISTER', 401, 'auth_challenge', 'challenge'],
    ['INVITE', 404, 'call_rejected', 'call-rejected'],
    ['INVITE', 200, 'request', 'request'],
  ])('to %s, %i, makes an event of the addresses turned round: %s', (method, code, kind, rule) => {
    const talk = listen()
    expect(talk.answer({ method }, code, {}, { fromPort: 5061, protocol: 6 })).toMatchObject([
      { kind, rule, ip: '192.0.2.7', port: 5061, transport: 'tcp', user: '1001', domain: 'example.com', proved: false, why: null },
    ])
    expect(talk.answer({ method }, code, {}, { fromPort: 5061, protocol: 6 })).toEqual([])
  })

  test('to REGISTER, 200, says what is registered now', () => {
    const contacts = ['<sip:1001@10.0.0.7>;expires=60']
    expect(listen().answer({}, 200, { contacts })).toMatchObject([{ kind: 'registration', contact: contacts[0], expires: 60 }])
    expect(listen().answer({}, 200)).toMatchObject([{ kind: 'unregistration', contact: null }])
  })

  test('to REGISTER, 403, is a knock where other domains are known to be served', () => {
    const talk = listen()
    talk.answer({ callId: 'a' }, 401, { nonce: 'n' })
    expect(talk.answer({ callId: 'b', domain: 'foo.com' }, 403)).toMatchObject([{ reason: 'domain_not_found' }])
    expect(talk.answer({ callId: 'c' }, 403)).toMatchObject([{ kind: 'failed_registration' }])
  })

  test('to ACK or CANCEL is nothing', () => {
    expect(listen().answer({ method: 'CANCEL' }, 200)).toEqual([])
  })
})

describe('requests that nobody answers', () => {
  test('are seen after two seconds, with the id and the time of the request', () => {
    const talk = listen()
    talk.ask({ method: 'OPTIONS' })
    expect(talk.wait(1999)).toEqual([])
    expect(talk.wait(1)).toMatchObject([{ kind: 'request', rule: 'unanswered', code: null, id: 'id-1', atMs: START_MS }])
    expect(talk.wait(200_000)).toEqual([])
    expect(talk.reader.size).toBe(0)
  })

  test('are seen at once where fifty of one address wait', () => {
    const talk = listen()
    for (let i = 0; i < 50; i++) expect(talk.ask({ callId: `${i}` })).toEqual([])
    expect(talk.ask({ callId: 'one more' })).toMatchObject([{ kind: 'request', callId: 'one more' }])
    expect(talk.ask({ callId: 'of another' }, { from: '192.0.2.8' })).toEqual([])
    expect(talk.wait(2000)).toHaveLength(51)
  })

  test('are door knocks if a scanner sent them', () => {
    const talk = listen()
    talk.ask({ method: 'OPTIONS', userAgent: 'friendly-scanner' })
    expect(talk.wait(2000)).toMatchObject([{ kind: 'door_knock', reason: 'scanner_detected' }])
    expect(talk.answer({ method: 'OPTIONS' }, 404)).toEqual([])
  })

  test('are no failure by a late answer that is none, and one by a late answer that is', () => {
    const late = (request: Request, code: number, contacts: readonly string[] = []) => {
      const talk = listen()
      talk.ask({ ...request, contacts })
      expect(talk.wait(2000)).toMatchObject([{ kind: 'request' }])
      return talk.answer(request, code, { nonce: 'n', contacts }).map(({ kind }) => kind)
    }
    expect(late({}, 401)).toEqual([])
    expect(late({ method: 'OPTIONS' }, 200)).toEqual([])
    expect(late({}, 403)).toEqual(['door_knock'])
    expect(late({}, 200, CONTACT)).toEqual(['registration'])
  })

  test('that ring for ever are seen in the end', () => {
    const talk = listen()
    talk.ask(invite())
    talk.answer(invite(), 180)
    talk.wait(2000)
    expect(talk.wait(180_000)).toMatchObject([{ kind: 'request', method: 'INVITE' }])
  })
})

describe('packets', () => {
  test('what is no SIP counts as malformed against whoever sent it', () => {
    expect(listen().hear('REGISTER what', { fromPort: 7 })).toMatchObject([
      { kind: 'malformed', rule: 'malformed', ip: '192.0.2.7', port: 7, counted: true, proved: false, user: null, id: 'id-1' },
    ])
  })

  test('what is not read is counted by its reason', () => {
    const { reader, hear } = listen({ key: 'secret' })
    hear(sipRequest({}))
    hear(sipRequest({}), { key: 'Secret' })
    hear(sipRequest({}), { key: 'longer than it' })
    hear(sipRequest({}), { key: 'secret' })
    reader.read(Buffer.from('no HEP at all'), START_MS, 'x')
    reader.read(Buffer.from([1, 16, 2, 17]), START_MS, 'x')
    expect(reader.refused).toMatchObject({ key: 3, 'not-hep': 1, version: 1, malformed: 0 })
    expect(reader.tick(START_MS + 2000)).toHaveLength(1)
  })

  test('an event happened when it was captured, unless that is more than a minute from when it was received', () => {
    const at = (atMs: number) => listen().answer({}, 403, {}, { atMs })[0]?.atMs
    expect(at(START_MS - 60_000)).toBe(START_MS - 60_000)
    expect(at(START_MS - 60_001)).toBe(START_MS)
    expect(at(START_MS + 60_000)).toBe(START_MS + 60_000)
    expect(at(START_MS + 61_000)).toBe(START_MS)
  })

  test('IPv6 addresses are canonical', () => {
    const hop: Hop = { from: '2001:db8::20', to: '2001:db8:100::1' }
    expect(listen({ self: ['2001:db8:100::1'] }).exchange({}, 403, {}, hop)).toMatchObject({ ip: '2001:db8::20', counted: true })
  })

  test('whether an address is this host’s own may change', () => {
    const self = new Set<string>()
    const reader = createHepReader({ isSelf: (ip) => self.has(ip), key: null })
    const ask = (callId: string) => reader.read(hep(sipReply({ callId }, 403), back({})), START_MS, callId)[0]?.why
    expect(ask('a')).toBe('direction')
    self.add(SERVER)
    expect(ask('b')).toBe(null)
  })
})
