import { describe, expect, test } from 'vitest'
import { noticesDraft } from '../../src/notify/compose.ts'
import { alertNotice } from '../../src/notify/notice.ts'
import type { Message } from '../../src/notify/types.ts'
import { createWebhook } from '../../src/notify/webhook.ts'
import { closedPort, httpSinks } from './http-sink.ts'
import { AT_MS, alertOf, HOSTILE, messageOf, never } from './samples.ts'

const newSink = httpSinks()
const hookTo = (url: string, format: 'json' | 'slack' = 'json', limitMs?: number) =>
  createWebhook('webhook-1', { type: 'webhook', severities: ['critical'], url, format }, 'pbx', limitMs)

describe('a webhook', () => {
  test('gets each message as JSON, under an id that stays the same', async () => {
    const { url, received } = await newSink()
    expect(await hookTo(url).send(messageOf(), never)).toEqual({ outcome: 'taken', detail: 'HTTP 200' })
    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'sipguard', 'idempotency-key': 'an-id' })
    expect(JSON.parse(received[0]!.body)).toEqual({
      ...{ id: 'an-id', severity: 'warning', host: 'pbx', subject: 'sipguard pbx warning: jail_full', text: 'a line' },
      ...{ at: '2026-01-15T10:30:45.000Z', counts: { jail_full: 1 } },
      notices: [
        {
          ...{ kind: 'jail_full', severity: 'warning', subject: '192.0.2.7', text: 'something' },
          ...{ at: '2026-01-15T10:30:45.000Z', over: false, details: {} },
        },
      ],
    })
  })

  test('of Slack gets text in a code block', async () => {
    const { url, received } = await newSink()
    await hookTo(url, 'slack').send(messageOf({ text: 'first\nsecond & third' }), never)
    expect(JSON.parse(received[0]!.body)).toEqual({ text: '```\nsipguard pbx warning: jail_full\nfirst\nsecond &amp; third\n```' })
  })

  test.each([
    [200, 'taken', 'HTTP 200'],
    [204, 'taken', 'HTTP 204'],
    [400, 'refused', 'HTTP 400'],
    [404, 'refused', 'HTTP 404'],
    [408, 'failed', 'HTTP 408'],
    [429, 'failed', 'HTTP 429'],
    [500, 'failed', 'HTTP 500'],
    [503, 'failed', 'HTTP 503'],
  ])('that answers %d has %s it', async (status, outcome, detail) => {
    const { url } = await newSink(status)
    expect(await hookTo(url).send(messageOf(), never)).toEqual({ outcome, detail })
  })

  test('that redirects is not followed', async () => {
    const { url, paths } = await newSink('redirect')
    expect(await hookTo(url).send(messageOf(), never)).toEqual({ outcome: 'failed', detail: 'HTTP 301: redirects are not followed' })
    expect(paths).toEqual(['/secret-path'])
  })

  test('that does not answer is left after the limit', async () => {
    const { url } = await newSink('hang')
    expect(await hookTo(url, 'json', 50).send(messageOf(), never)).toEqual({ outcome: 'failed', detail: 'no answer within 0.05 s' })
  })

  test('that cannot be reached, or breaks off, is said to, without the path of its URL', async () => {
    const port = await closedPort()
    const refused = await hookTo(`http://127.0.0.1:${port}/secret-path`).send(messageOf(), never)
    expect(refused).toEqual({ outcome: 'failed', detail: `connect ECONNREFUSED 127.0.0.1:${port}` })
    const { url } = await newSink('reset')
    const reset = await hookTo(url).send(messageOf(), never)
    expect(reset.outcome).toBe('failed')
    expect(reset.detail).toMatch(/ECONNRESET|other side closed/)
    expect(hookTo('https://hooks.slack.com/services/T0/B0/secret').place).toBe('https://hooks.slack.com')
  })

  test('is left at once when the daemon stops', async () => {
    const { url } = await newSink('hang')
    const abort = new AbortController()
    const answer = hookTo(url).send(messageOf(), abort.signal)
    abort.abort()
    expect((await answer).outcome).toBe('failed')
  })
})

describe('what an attacker writes', () => {
  const about = (user: string): Message => {
    const notice = alertNotice(alertOf({ user, key: user, detail: user }), 'critical')
    return { id: 'an-id', ...noticesDraft('pbx', 'critical', [{ kind: notice.kind, count: 1, newest: [notice] }], AT_MS) }
  }

  test.each(HOSTILE)('steers nothing in Slack: %#', async (user) => {
    const { url, received } = await newSink()
    await hookTo(url, 'slack').send(about(user), never)
    const { text, ...rest } = JSON.parse(received[0]!.body) as { text: string }
    expect(rest).toEqual({})
    const [, inside = ''] = /^```\n([\s\S]*)\n```$/.exec(text) ?? []
    expect(inside).not.toBe('')
    expect(inside).not.toMatch(/[<>`\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/)
    // One line is the subject, one the alert.
    expect(inside.split('\n')).toHaveLength(2)
    expect(text.length).toBeLessThan(2000)
  })

  test.each(HOSTILE)('is in the JSON as it came, cut: %#', async (user) => {
    const { url, received } = await newSink()
    await hookTo(url).send(about(user), never)
    const body = received[0]!.body
    expect(body).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]/)
    const { notices } = JSON.parse(body) as { notices: { details: { user: string } }[] }
    expect(notices[0]?.details.user.replace(/…$/, '')).toBe(user.slice(0, 500))
    expect(body.length).toBeLessThan(6000)
  })
})
