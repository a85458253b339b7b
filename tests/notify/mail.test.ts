import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ChannelConfig } from '../../src/config/types.ts'
import { noticesDraft } from '../../src/notify/compose.ts'
import { createMail } from '../../src/notify/mail.ts'
import { alertNotice } from '../../src/notify/notice.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { closedPort } from './http-sink.ts'
import { AT_MS, alertOf, HOSTILE, messageOf, never } from './samples.ts'
import { faultyMailServers, mailServers } from './smtp-sink.ts'

const newDirectory = temporaryDirectories()
const newServer = mailServers()
const newFaulty = faultyMailServers()

type Server = Extract<ChannelConfig, { type: 'mail' }>['smtp']
function mailBy(server: Partial<Server>, limitMs?: number) {
  const smtp: Server = { host: '127.0.0.1', port: 25, tls: 'none', verify: true, user: null, password: '', ...server }
  return createMail(
    'mail-1',
    { type: 'mail', severities: ['critical'], to: ['noc@example.net'], from: 'sipguard@example.net', smtp },
    'pbx',
    limitMs,
  )
}

/** Header lines by name, unfolded and decoded, and the body. */
function parse(mail: string) {
  const [head = '', ...body] = mail.replaceAll('\r\n', '\n').split('\n\n')
  const lines = head.replace(/\n[ \t]+/g, ' ').split('\n')
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]))
  return { headers, names: lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()), body: body.join('\n\n') }
}

describe.skipIf(needs('aiosmtpd'))('a mail server', () => {
  test('gets each message as text, under an id that stays the same', async () => {
    const server = await newServer(newDirectory())
    const channel = mailBy({ port: server.port })
    const answer = await channel.send(messageOf({ text: 'first line\n.\nthird line' }), never)
    expect(answer.outcome).toBe('taken')
    expect(channel.place).toBe(`noc@example.net by 127.0.0.1:${server.port}`)
    const [mail = ''] = server.received()
    const { headers, body } = parse(mail)
    expect(headers.get('subject')).toBe('sipguard pbx warning: jail_full')
    expect(headers.get('from')).toBe('sipguard@example.net')
    expect(headers.get('to')).toBe('noc@example.net')
    expect(headers.get('message-id')).toBe('<an-id@pbx>')
    expect(headers.get('x-sipguard-id')).toBe('an-id')
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(headers.get('date')).toBe('Thu, 15 Jan 2026 10:30:45 +0000')
    expect(headers.get('content-type')).toMatch(/^text\/plain; charset=utf-8/)
    expect(body.trimEnd()).toBe('first line\n.\nthird line')
  })

  test('is not steered by what an attacker writes, in any field', async () => {
    const server = await newServer(newDirectory())
    const channel = mailBy({ port: server.port })
    for (const text of HOSTILE) {
      const notice = alertNotice(alertOf({ user: text, key: text, jail: text, detail: text, phones: [text] }), 'critical')
      const draft = noticesDraft('pbx', 'critical', [{ kind: notice.kind, count: 1, newest: [notice] }], AT_MS)
      expect((await channel.send({ id: 'an-id', ...draft }, never)).outcome).toBe('taken')
    }
    const mails = server.received()
    expect(mails).toHaveLength(HOSTILE.length)
    const expected = ['auto-submitted', 'content-transfer-encoding', 'content-type', 'date', 'from', 'message-id', 'mime-version']
    for (const mail of mails) {
      const { headers, names } = parse(mail)
      expect(names.filter((name) => !name.startsWith('x-')).sort()).toEqual([...expected, 'subject', 'to'])
      expect(headers.get('subject')).not.toMatch(/[\0-\x1f\x7f-\x9f]/)
      expect(mail.length).toBeLessThan(5000)
    }
  })
})

describe.skipIf(needs('aiosmtpd', 'openssl'))('a mail server with TLS', () => {
  test('must have a certificate that holds, but where that is not asked for', async () => {
    const dir = newDirectory()
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', cert]
    expect(spawnSync('openssl', made).status).toBe(0)
    const server = await newServer(dir, '--smtpscert', cert, '--smtpskey', key)
    const checked = await mailBy({ port: server.port, tls: 'always' }).send(messageOf(), never)
    expect([checked.outcome, server.received()]).toEqual(['failed', []])
    expect(checked.detail).toMatch(/self-signed certificate/)
    const unchecked = await mailBy({ port: server.port, tls: 'always', verify: false }).send(messageOf(), never)
    expect([unchecked.outcome, server.received().length]).toEqual(['taken', 1])
  })
})

describe('a mail server in trouble', () => {
  test.each([
    [{ RCPT: '550 5.7.1 no relaying' }, 'refused', /550 5.7.1 no relaying/],
    [{ DATA: '554 5.6.0 no such thing' }, 'refused', /554/],
    [{ RCPT: '451 4.7.1 come back later' }, 'failed', /451 4.7.1 come back later/],
    [{ greeting: '554 not today' }, 'failed', /554 not today/],
    [{ greeting: 'hang' }, 'failed', /Greeting never received|Timeout/],
    [{ DATA: 'hang' }, 'failed', /Timeout|not done within/],
    [{ MAIL: 'reset' }, 'failed', /ECONNRESET|closed/],
  ] as const)('%j: the message is %s', async (fault, outcome, detail) => {
    const port = await newFaulty(fault)
    const answer = await mailBy({ port }, 300).send(messageOf(), never)
    expect(answer.outcome).toBe(outcome)
    expect(answer.detail).toMatch(detail)
  })

  test('that is not there is tried again', async () => {
    const port = await closedPort()
    expect(await mailBy({ port }).send(messageOf(), never)).toMatchObject({ outcome: 'failed' })
  })

  test('never makes the password readable, and a wrong one is tried again', async () => {
    const password = 'hunter2&co'
    const plain = Buffer.from(`\0noc\0${password}`).toString('base64')
    const port = await newFaulty({ AUTH: `535 5.7.8 ${password} is wrong: ${plain}` })
    const channel = mailBy({ port, user: 'noc', password })
    const answer = await channel.send(messageOf(), never)
    expect(answer.outcome).toBe('failed')
    expect(answer.detail).toMatch(/535 5.7.8 … is wrong: …$/)
    expect(channel.place).not.toContain(password)
  })

  test('gets no password without encryption where that is needed', async () => {
    const port = await newFaulty({})
    const answer = await mailBy({ port, tls: 'needed', user: 'noc', password: 'hunter2' }).send(messageOf(), never)
    expect(answer.outcome).toBe('failed')
    expect(answer.detail).toMatch(/STARTTLS/)
  })

  test('is left at once when the daemon stops', async () => {
    const port = await newFaulty({ greeting: 'hang' })
    const abort = new AbortController()
    const answer = mailBy({ port }).send(messageOf(), abort.signal)
    abort.abort()
    expect((await answer).outcome).toBe('failed')
  })
})
