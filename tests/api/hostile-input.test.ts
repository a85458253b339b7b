import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, type FakeDaemon, send, startFakeDaemon } from './fake-daemon.ts'

let daemon: FakeDaemon
beforeEach(async () => {
  daemon = await startFakeDaemon()
})
afterEach(() => daemon.stop())

const refusal = (code: string, message: string) => ({ error: { code, message } })

describe('hostile input', () => {
  test.each([
    ['a missing address', {}, 'USAGE'],
    ['an unknown key', { ip: '192.0.2.7', til: '1h' }, 'USAGE'],
    ['a list', [], 'USAGE'],
    ['null', null, 'USAGE'],
    ['an object for an address', { ip: { toString: 1 } }, 'USAGE'],
    ['a very long address', { ip: '1'.repeat(5000) }, 'USAGE'],
    ['a jail with a newline', { ip: '192.0.2.7', jail: 'a\nb' }, 'USAGE'],
    ['a host name', { ip: 'localhost' }, 'ADDRESS_INVALID'],
    ['an address with a zone', { ip: 'fe80::1%eth0' }, 'ADDRESS_INVALID'],
    ['a network', { ip: '192.0.2.0/24' }, 'ADDRESS_INVALID'],
    ['no address at all', { ip: '0.0.0.0' }, 'ADDRESS_INVALID'],
    ['an argument for a shell', { ip: '192.0.2.7; reboot' }, 'ADDRESS_INVALID'],
    ['a duration of nothing', { ip: '192.0.2.7', for: 0 }, 'DURATION_INVALID'],
    ['a negative duration', { ip: '192.0.2.7', for: -5 }, 'DURATION_INVALID'],
    ['a duration in words', { ip: '192.0.2.7', for: 'a while' }, 'DURATION_INVALID'],
  ])('%s is refused as a ban and reaches nobody', async (_what, body, code) => {
    const { status, json } = await ask(daemon, 'POST', '/api/bans', body)
    expect([status, json.error.code]).toEqual([400, code])
    expect(daemon.control.calls).toEqual([])
  })

  test('the message names the field and the fault', async () => {
    expect((await ask(daemon, 'POST', '/api/bans', { ip: 7, x: 1 })).json.error.message).toBe(
      'body.ip: Invalid input: expected string, received number; body: Unrecognized key: "x"',
    )
  })
  test.each(['{"ip":"192.0.2.7","__proto__":{"jail":"x"}}', '{"ip":"192.0.2.7","constructor":{"prototype":{"jail":"x"}}}'])(
    'the body %s poisons no prototype',
    async (body) => {
      expect((await send(daemon.socket, 'POST', '/api/bans', body)).status).toBe(400)
      expect(daemon.control.calls).toEqual([])
      expect(({} as { jail?: string }).jail).toBeUndefined()
    },
  )
  test.each(['', '{', 'nonsense', '\0'])('the body %j, which is no JSON, is refused', async (body) => {
    const { status, text } = await send(daemon.socket, 'POST', '/api/bans', body)
    expect(status).toBe(400)
    expect(JSON.parse(text).error.code).toBe('USAGE')
    expect(text).not.toContain('    at ')
  })
  test('a body that is too large is refused', async () => {
    const { status, text } = await send(daemon.socket, 'POST', '/api/bans', `{"ip":"${'1'.repeat(70_000)}"}`)
    expect(status).toBe(413)
    expect(JSON.parse(text).error.code).toBe('USAGE')
  })
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a body of type %s is refused',
    async (type) => {
      expect((await send(daemon.socket, 'POST', '/api/bans', '{"ip":"192.0.2.7"}', { 'content-type': type })).status).toBe(415)
    },
  )
  test.each([
    '/api/bans/fe80::1%25eth0',
    '/api/bans/%00',
    '/api/bans/..%2f..%2fetc%2fpasswd',
    '/api/bans/192.0.2.7%2F33',
    '/api/bans/__proto__',
    `/api/bans/${'1'.repeat(90)}`,
  ])('nothing is unbanned by DELETE %s', async (path) => {
    expect((await ask(daemon, 'DELETE', path)).status).toBe(400)
    expect(daemon.control.calls).toEqual([])
  })
  test('a path that cannot be decoded is refused in the same form', async () => {
    expect((await ask(daemon, 'DELETE', '/api/bans/%zz')).json.error.code).toBe('USAGE')
  })
  test.each(['/nothing', '/api', '/api/bans/../../etc/passwd', '//api//status'])('there is nothing at %s', async (path) => {
    expect(await ask(daemon, 'GET', path)).toEqual({
      status: 404,
      json: refusal('NOT_FOUND', 'there is nothing at this path for this method'),
    })
  })
  test('the comment of an entry is bounded', async () => {
    expect((await ask(daemon, 'POST', '/api/allow', { cidr: '192.0.2.7', comment: 'x'.repeat(201) })).status).toBe(400)
  })
  test('what is not HTTP is answered with 400 and cut off', async () => {
    const text = await new Promise<string>((done) => {
      const socket = connect(daemon.socket)
      let received = ''
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('close', () => done(received))
      socket.write('\x16\x03\x01 hello\r\n\r\n')
    })
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(JSON.parse(text.split('\r\n\r\n')[1] as string)).toEqual(refusal('USAGE', 'expected a HTTP/1.1 request'))
  })
})
