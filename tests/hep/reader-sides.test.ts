import { describe, expect, test } from 'vitest'
import { CONTACT, type Hop, invite, listen, SERVER, sipReply } from './conversation.ts'

const CARRIER = '203.0.113.200'

describe('which way a request goes', () => {
  test('what a server sends, and is answered, is nobody’s failure', () => {
    const talk = listen()
    const out: Hop = { from: SERVER, to: CARRIER }
    talk.exchange({ nonce: 'n' }, 403, {}, out)
    talk.exchange(invite(), 404, {}, out)
    talk.hear('nonsense', out)
    talk.answer({ callId: 'unseen', nonce: 'n' }, 403, {}, out)
    talk.wait(5000)
    expect(talk.heard).toEqual([])
  })

  test('where neither side is known the event is not counted and says why', () => {
    expect(listen({ self: [] }).exchange({}, 403)).toMatchObject({ ip: '192.0.2.7', counted: false, why: 'direction' })
  })

  test('an address that has answered REGISTERs of three others is a server', () => {
    const talk = listen({ self: [] })
    for (const [at, i] of [1, 2, 2, 3].entries()) talk.exchange({ callId: `${at}` }, 401, { nonce: `${at}` }, { from: `192.0.2.${i}` })
    expect(talk.heard.every(({ why }) => why === 'direction')).toBe(true)
    expect(talk.exchange({}, 403)).toMatchObject({ counted: true, why: null })
    talk.exchange({ nonce: 'n' }, 403, {}, { from: SERVER, to: CARRIER })
    expect(talk.heard).toHaveLength(5)
  })

  test('nobody becomes a server by answers that were not asked for, or to servers', () => {
    const own = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4']
    const talk = listen({ self: own })
    for (const to of own) talk.hear(sipReply({ callId: to }, 401), { from: '192.0.2.66', to })
    for (const from of own) talk.exchange({ callId: `mine ${from}` }, 401, {}, { from, to: '192.0.2.66' })
    for (const i of [1, 2, 3, 4]) talk.answer({ callId: `unseen ${i}` }, 401, {}, { from: `192.0.2.${i}`, to: '192.0.2.66' })
    expect(talk.exchange({}, 403, {}, { from: '192.0.2.66' })).toMatchObject({ counted: true })
  })

  test('who takes our registrations is a peer, and nobody else', () => {
    const talk = listen()
    const out = (to: string): Hop => ({ from: SERVER, to })
    talk.login({ callId: 'ours', contacts: CONTACT }, 200, {}, out(CARRIER))
    expect(talk.reader.peers).toEqual([CARRIER])
    talk.exchange({ callId: 'passed on', vias: 2, contacts: CONTACT }, 200, {}, out('203.0.113.1'))
    talk.exchange(invite({ callId: 'call' }), 200, {}, out('203.0.113.2'))
    talk.exchange({ callId: 'refused' }, 403, {}, out('203.0.113.3'))
    talk.answer({ callId: 'unasked' }, 200, {}, out('203.0.113.4'))
    talk.ask({ callId: 'from elsewhere' }, out('203.0.113.5'))
    talk.answer({ callId: 'from elsewhere' }, 200, {}, out('203.0.113.6'))
    talk.exchange({ callId: 'theirs', contacts: CONTACT }, 200)
    expect(talk.reader.peers).toEqual([CARRIER])
    talk.wait(864e5)
    expect(talk.reader.peers).toEqual([])
  })
})

describe('proof', () => {
  test('who answers a nonce that went to his address and port has been there', () => {
    expect(listen().login({}, 403)).toMatchObject({ kind: 'failed_registration', proved: true })
  })

  test.each<[string, Hop]>([
    ['address', { from: '192.0.2.99' }],
    ['port', { fromPort: 5099 }],
  ])('who answers it from another %s has not', (_what, hop) => {
    const talk = listen()
    talk.exchange({}, 401, { nonce: 'n' })
    expect(talk.exchange({ cseq: 2, nonce: 'n' }, 403, {}, hop)).toMatchObject({ kind: 'failed_registration', proved: false })
  })

  test('a challenge that nobody answers, and a nonce that nobody issued, prove nothing', () => {
    const talk = listen()
    expect(talk.exchange({}, 401, { nonce: 'n' })).toMatchObject({ proved: false })
    expect(talk.exchange({ cseq: 2, nonce: 'another' }, 403)).toMatchObject({ proved: false })
  })

  test('a nonce that went to two proves nothing for either, as all who ask Kamailio in one second get the same', () => {
    const talk = listen()
    const victim: Hop = { from: '203.0.113.10' }
    talk.exchange({ callId: 'forged' }, 401, { nonce: 'n' }, victim)
    talk.exchange({ callId: 'own' }, 401, { nonce: 'n' })
    expect(talk.exchange({ callId: 'forged', cseq: 2, nonce: 'n' }, 403, {}, victim)).toMatchObject({ proved: false })
    talk.exchange({ callId: 'forged again' }, 401, { nonce: 'n' }, victim)
    expect(talk.exchange({ callId: 'forged again', cseq: 2, nonce: 'n' }, 403, {}, victim)).toMatchObject({ proved: false })
  })

  test('a nonce that went to one of two with an answer sent again proves nothing either', () => {
    const talk = listen()
    const victim: Hop = { from: '203.0.113.10' }
    talk.exchange({ callId: 'own' }, 401, { nonce: 'an older one' })
    talk.exchange({ callId: 'own' }, 401, { nonce: 'n' })
    talk.exchange({ callId: 'forged' }, 401, { nonce: 'n' }, victim)
    expect(talk.exchange({ callId: 'forged', cseq: 2, nonce: 'n' }, 403, {}, victim)).toMatchObject({ proved: false })
  })

  test('a nonce may be used more than once, for an hour', () => {
    const talk = listen()
    talk.login({ nonce: 'n' }, 403)
    expect(talk.exchange({ cseq: 3, nonce: 'n' }, 403)).toMatchObject({ proved: true })
    talk.wait(36e5)
    expect(talk.exchange({ cseq: 4, nonce: 'n' }, 403)).toMatchObject({ proved: false })
  })

  test('a nonce in an answer that no server sent proves nothing', () => {
    const talk = listen()
    talk.hear(sipReply({}, 401, { nonce: 'n' }), { from: '192.0.2.66', to: '192.0.2.7' })
    expect(talk.exchange({ nonce: 'n', cseq: 2 }, 403)).toMatchObject({ proved: false })
  })

  test('who has made a connection has been there', () => {
    expect(listen().exchange({}, 403, {}, { protocol: 6 })).toMatchObject({ transport: 'tcp', proved: true })
    expect(listen().exchange({}, 403)).toMatchObject({ transport: 'udp', proved: false })
  })
})
