import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import type { ChannelConfig, NotifyConfig } from '../../src/config/types.ts'
import { createNotifier, type Notifier } from '../../src/notify/index.ts'
import type { NotifierOptions } from '../../src/notify/notifier.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { closedPort, httpSinks, type Received } from './http-sink.ts'
import { AT_MS, alertOf, configOf } from './samples.ts'
import { faultyMailServers } from './smtp-sink.ts'
import { soon } from './soon.ts'

const newDirectory = temporaryDirectories()
const newSink = httpSinks()
const newFaulty = faultyMailServers()

const running: Notifier[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((notifier) => notifier.stop()))
})

const ALL = ['critical', 'error', 'warning', 'daily'] as const
const hook = (url: string, severities: ChannelConfig['severities'] = ALL): ChannelConfig => ({
  type: 'webhook',
  severities,
  url,
  format: 'json',
})
const mailTo = (port: number): ChannelConfig => ({
  ...{ type: 'mail', severities: ALL, to: ['noc@example.net'], from: 'sipguard@example.net' },
  smtp: { host: '127.0.0.1', port, tls: 'none', verify: true, user: null, password: '' },
})

function notifierOf(channels: readonly ChannelConfig[], config: Partial<NotifyConfig> = {}, options: Partial<NotifierOptions> = {}) {
  const clock = { ms: AT_MS }
  const troubles: string[] = []
  const notices: string[] = []
  const stateDir = options.stateDir ?? newDirectory()
  const notifier = createNotifier({
    ...{ stateDir, now: () => clock.ms, totals: () => ({ guesses: 0, banned: 0, phones: 0 }), host: 'pbx', firstRetryMs: 5 },
    onTrouble: (channel, reason) => void troubles.push(`${channel} ${reason === null ? 'works' : 'fails'}`),
    onNotice: (message) => void notices.push(message),
    config: configOf({ channels, ...config }),
    ...options,
  })
  running.push(notifier)
  return { notifier, clock, troubles, notices, stateDir }
}
const stop = async (notifier: Notifier) => {
  running.splice(running.indexOf(notifier), 1)
  await notifier.stop()
}
const subjects = (received: readonly Received[]) => received.map(({ body }) => (JSON.parse(body) as { subject: string }).subject)
const ids = (received: readonly Received[]) => received.map(({ body }) => (JSON.parse(body) as { id: string }).id)
const nth = (n: number) => alertOf({ user: `u${n}` })

describe('operators', () => {
  test('are told at once of what is critical, by every channel that wants it', async () => {
    const [pager, digest] = [await newSink(), await newSink()]
    const { notifier } = notifierOf([hook(pager.url), hook(digest.url, ['warning', 'daily'])])
    notifier.alert(alertOf())
    await soon(() => expect(pager.received).toHaveLength(1))
    expect(subjects(pager.received)).toEqual(['sipguard pbx critical: credential_suspect 1001@example.com at 192.0.2.7'])
    expect(digest.received).toEqual([])
  })

  test('are told of troubles, their ends, and the day', async () => {
    const { url, received } = await newSink()
    let guesses = 0
    const totals = () => ({ guesses, banned: 2, phones: 0 })
    const { notifier, clock } = notifierOf([hook(url)], { daily: { hour: 8, minute: 0 } }, { totals })
    notifier.tick()
    notifier.degraded('firewall', 'nftables failed')
    notifier.degraded('firewall', 'nftables failed again')
    notifier.degraded('firewall', null)
    guesses = 12_331
    clock.ms += 864e5
    notifier.tick()
    await soon(() => expect(received).toHaveLength(3))
    expect(subjects(received)).toEqual([
      'sipguard pbx critical: enforcement_unverified',
      'sipguard pbx critical: over: enforcement_unverified',
      'sipguard pbx daily: 12,331 guesses, 0 addresses banned, 0 phones touched',
    ])
  })

  test('are not told of what the configuration silences', async () => {
    const { url, received } = await newSink()
    const { notifier } = notifierOf([hook(url)], { severity: { credential_suspect: 'none', jail_full: 'critical' } })
    notifier.alert(alertOf())
    notifier.alert(alertOf({ kind: 'jail_full' }))
    await soon(() => expect(received).toHaveLength(1))
    expect(subjects(received)).toEqual(['sipguard pbx critical: jail_full 192.0.2.7'])
  })
})

describe('a channel that fails', () => {
  test('does not hold up another, is said, and gets all in order when it works again', async () => {
    const good = await newSink()
    const bad = await newSink(500, 'reset', 503, 200)
    const port = await newFaulty({ greeting: 'hang' })
    const { notifier, troubles } = notifierOf([mailTo(port), hook(bad.url), hook(good.url)])
    for (const n of [1, 2, 3]) notifier.alert(nth(n))
    await soon(() => expect(good.received).toHaveLength(3))
    await soon(() => expect(bad.received).toHaveLength(6))
    const [first, second, third] = ids(good.received)
    expect(ids(bad.received)).toEqual([first, first, first, first, second, third])
    await soon(() => expect(troubles.at(-1)).toBe('webhook-2 works'))
    expect(troubles.slice(0, 3)).toEqual(['webhook-2 fails', 'webhook-2 fails', 'webhook-2 fails'])
    // What was received is counted when the answer has come.
    await soon(() =>
      expect(notifier.report()[1]).toMatchObject({
        name: 'webhook-2',
        waiting: 0,
        counts: { sent: 3, failed: 3, given_up: 0, dropped: 0 },
      }),
    )
    expect(notifier.report()[0]).toMatchObject({ name: 'mail-1', waiting: 3 })
  })

  test('with an answer that is final loses that message only, and it is said', async () => {
    const { url, received } = await newSink(404, 200)
    const { notifier, notices, troubles } = notifierOf([hook(url)])
    notifier.alert(nth(1))
    notifier.alert(nth(2))
    await soon(() => expect(received).toHaveLength(2))
    await soon(() => expect(notifier.report()[0]?.counts).toEqual({ sent: 1, failed: 0, given_up: 1, dropped: 0 }))
    expect(troubles).toEqual(['webhook-1 fails', 'webhook-1 works'])
    expect(notices).toEqual([
      'webhook-1: a message was given up (refused: HTTP 404): sipguard pbx critical: credential_suspect u1 at 192.0.2.7',
    ])
  })

  test('for a day is given up, message by message', async () => {
    const { url, received } = await newSink(500)
    const { notifier, clock, notices } = notifierOf([hook(url)])
    notifier.alert(nth(1))
    await soon(() => expect(received.length).toBeGreaterThan(1))
    clock.ms += 864e5
    notifier.alert(nth(2))
    await soon(() => expect(notices).toHaveLength(1))
    expect(notices[0]).toMatch(/^webhook-1: a message was given up \(not taken for a day: HTTP 500\): .*u1 at/)
    expect(notifier.report()[0]).toMatchObject({ waiting: 1, counts: { given_up: 1, sent: 0 } })
  })

  test('for too long loses its oldest messages, and it is said', async () => {
    const port = await closedPort()
    const { notifier, clock, notices } = notifierOf([hook(`http://127.0.0.1:${port}/`)], {}, { firstRetryMs: 60_000 })
    for (let n = 0; n < 1100; n++) {
      clock.ms += 60_000
      notifier.alert(nth(n))
    }
    expect(notices).toEqual(['webhook-1: more than 1000 messages wait; the oldest are dropped (1 so far)'])
    expect(notifier.report()[0]).toMatchObject({ waiting: 1000, counts: { dropped: 100 } })
  })
})

describe('a reload', () => {
  test('gives waiting messages to a channel whose address was mended', async () => {
    const { url, received } = await newSink()
    const { notifier, troubles } = notifierOf([hook(`http://127.0.0.1:${await closedPort()}/`)])
    notifier.alert(nth(1))
    await soon(() => expect(troubles).toContain('webhook-1 fails'))
    notifier.reconfigure(configOf({ channels: [hook(url)] }))
    await soon(() => expect(received).toHaveLength(1))
    expect(troubles.at(-1)).toBe('webhook-1 works')
  })

  test('that takes a channel away says what is lost, and one that brings the first channel tells of what lasts', async () => {
    const { url, received } = await newSink()
    const { notifier, troubles, notices } = notifierOf([hook(`http://127.0.0.1:${await closedPort()}/`)])
    notifier.alert(nth(1))
    await soon(() => expect(troubles).toContain('webhook-1 fails'))
    notifier.reconfigure(configOf())
    expect(notices).toEqual(['webhook-1 is no longer in the configuration; up to 1 messages that it had still to get are dropped'])
    notifier.degraded('firewall', 'nftables failed')
    notifier.alert(nth(2))
    notifier.reconfigure(configOf({ channels: [hook(url)] }))
    notifier.tick()
    await soon(() => expect(received).toHaveLength(1))
    expect(subjects(received)).toEqual(['sipguard pbx critical: enforcement_unverified'])
  })

  test('twice in a row leaves one courier for each channel', async () => {
    const { url, received } = await newSink()
    const { notifier } = notifierOf([hook(url)])
    notifier.reconfigure(configOf({ channels: [hook(url)] }))
    notifier.reconfigure(configOf({ channels: [hook(url)] }))
    for (const n of [1, 2, 3]) notifier.alert(nth(n))
    await soon(() => expect(notifier.report()[0]?.counts.sent).toBe(3))
    expect(new Set(ids(received)).size).toBe(received.length)
  })
})

describe('what is kept', () => {
  test('is nothing without a channel, and else only the owner’s to read', async () => {
    const none = notifierOf([])
    none.notifier.alert(nth(1))
    none.notifier.degraded('firewall', 'nftables failed')
    none.notifier.tick()
    await stop(none.notifier)
    expect(readdirSync(none.stateDir)).toEqual([])
    const one = notifierOf([hook((await newSink()).url)])
    one.notifier.alert(nth(1))
    for (const name of readdirSync(one.stateDir)) expect(statSync(join(one.stateDir, name)).mode & 0o777, name).toBe(0o600)
    expect(readdirSync(one.stateDir)).toContain('notify.db')
  })

  test('over a stop: what was not taken is sent after the next start, with what was gathered', async () => {
    const { url, received } = await newSink()
    const before = notifierOf([hook(`http://127.0.0.1:${await closedPort()}/`)])
    before.notifier.alert(nth(1))
    before.notifier.alert(alertOf({ kind: 'peer_failing' }))
    await stop(before.notifier)
    const { notifier, clock } = notifierOf([hook(url)], {}, { stateDir: before.stateDir })
    clock.ms += 300_000
    notifier.tick()
    await soon(() => expect(received).toHaveLength(2))
    expect(subjects(received)).toEqual([
      'sipguard pbx critical: credential_suspect u1 at 192.0.2.7',
      'sipguard pbx error: peer_failing 192.0.2.7',
    ])
    // It was said before the stop, and its cooldown lasts.
    notifier.alert(nth(1))
    expect(notifier.report()[0]?.waiting).toBe(0)
  })

  test('is held in memory where the disk fails, and messages go out all the same', async () => {
    const { url, received } = await newSink()
    const stateDir = newDirectory()
    mkdirSync(join(stateDir, 'notify.db'))
    const { notifier, notices } = notifierOf([hook(url)], {}, { stateDir })
    for (const n of [1, 2]) notifier.alert(nth(n))
    await soon(() => expect(received).toHaveLength(2))
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(/^messages to operators are held in memory: .*notify\.db: /)
  })

  test('is written as soon as it can be: another program may hold the file', async () => {
    const { url, received } = await newSink()
    const { notifier, notices, stateDir } = notifierOf([hook(url)])
    notifier.alert(nth(1))
    await soon(() => expect(received).toHaveLength(1))
    const other = new DatabaseSync(join(stateDir, 'notify.db'))
    other.exec('BEGIN IMMEDIATE')
    notifier.alert(alertOf({ kind: 'peer_failing' }))
    notifier.alert(nth(2))
    await soon(() => expect(received).toHaveLength(2))
    expect(notices).toEqual([`messages to operators are held in memory: ${join(stateDir, 'notify.db')}: database is locked`])
    other.exec('COMMIT')
    notifier.tick()
    expect(notices.at(-1)).toBe('messages to operators are kept on disk again')
    const keys = other.prepare("SELECT key FROM kept WHERE key LIKE 'gathered %'").all()
    other.close()
    expect(keys.map(({ key }) => key)).toEqual(['gathered error peer_failing'])
  })

  test('is set aside where it is damaged, and begun anew', async () => {
    const { url, received } = await newSink()
    const stateDir = newDirectory()
    writeFileSync(join(stateDir, 'notify.db'), 'no database at all'.repeat(500))
    const { notifier, notices } = notifierOf([hook(url)], {}, { stateDir })
    notifier.alert(nth(1))
    await soon(() => expect(received).toHaveLength(1))
    expect(notices[0]).toMatch(/it was damaged; it is kept as .*notify\.db\.damaged-\d+ and begun anew$/)
    expect(notices[1]).toBe('messages to operators are kept on disk again')
  })
})
