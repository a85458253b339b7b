import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JournalSource } from '../config/types.ts'
import type { LineBatch } from '../types.ts'
import { Backoff } from './backoff.ts'
import { Delivery } from './delivery.ts'
import type { SourceOptions } from './file-source.ts'
import { identityOf, type JournalRecord, RECORD_FIELDS, readRecord, recordsOf } from './journal-record.ts'
import { noLines } from './lines.ts'
import { nameOf } from './name.ts'
import { codeOf, reasonOf } from './reason.ts'
import { NOTHING_LOST, type Source } from './source.ts'

/** A journalctl that lives so long without a complaint reads. */
const SETTLED_MS = 1000
/** Of what journalctl says, so much is kept, characters. */
const MOST_SAID = 1000

/**
 * Follows systemd's journal through `journalctl -o json`, which is started again whenever it ends, where it left off. One record is one
 * batch of one line (journal-record.ts); its id is journald's own number of it, its mark the cursor, so that after a kill -9 a record
 * that was not committed comes again under the same id. The first mark is `@SECONDS`, the time reading begins at.
 *
 * Units are matched by `_SYSTEMD_UNIT`, which journald itself writes; a syslog identifier is whatever the sender says it is.
 */
export function createJournalSource(config: JournalSource, options: SourceOptions): Source {
  const { fromStart, startTime, now, resume, onNotice } = options
  const name = nameOf(config)
  const notice = (message: string) => onNotice(`${name}: ${message}`)
  const ending = new AbortController()
  const backoff = new Backoff()
  let mark = ''
  let child: ChildProcess | null = null
  let delivery: Delivery | null = null
  let following: Promise<void> = Promise.resolve()
  let trouble: string | null = null

  function troubled(why: string): void {
    if (trouble !== why && !ending.signal.aborted) notice(why)
    trouble = why
  }

  function settled(): void {
    if (trouble !== null) notice('it is read again')
    trouble = null
    backoff.reset()
  }

  const batchOf = (lines: Pick<LineBatch, 'generation' | 'bytes' | 'spans' | 'count' | 'offset' | 'cut'>): LineBatch => ({
    ...{ source: name, filter: config.filter, form: 'text', receivedAtMs: now(), position: { stream: name, mark }, lagBytes: 0 },
    ...lines,
  })

  /** Where the first start begins is stored before anything is read: a kill -9 before the first record loses nothing. */
  async function begin(delivery: Delivery): Promise<void> {
    const stored = resume(name)
    const startMs = fromStart ? 0 : (startTime ?? now)()
    mark = stored ?? `@${Math.max(1, startMs / 1000).toFixed(3)}`
    if (stored === undefined) await delivery.deliver(batchOf({ ...noLines(0, false), generation: '' }))
  }

  function take(delivery: Delivery, { cursor, generation, number, line, cut }: JournalRecord): Promise<boolean> {
    mark = cursor
    const spans = Uint32Array.of(0, line.length)
    return delivery.deliver(batchOf({ generation, offset: number, bytes: line, spans, count: 1, cut: cut ? 1 : 0 }))
  }

  /** Reads what one journalctl prints. `--cursor` begins with the record that was read last: where another one comes first, it is gone. */
  async function read(delivery: Delivery, output: Readable): Promise<void> {
    let last = mark.startsWith('@') ? null : identityOf(mark)
    for await (const json of recordsOf(output)) {
      if (json === null) notice('a record is too long and was left out')
      const record = json && readRecord(json)
      if (!record) continue
      settled()
      const isLast = last?.generation === record.generation && last.number === record.number
      if (last !== null && !isLast) notice('the journal no longer holds what was read last: lines after it may be lost')
      last = null
      if (!isLast && !(await take(delivery, record))) return
    }
  }

  /** One life of journalctl; why it ended. */
  async function follow(delivery: Delivery): Promise<string> {
    let said = ''
    // A process group of its own: Ctrl-C on our terminal is for us. When we are killed, it notices that its pipe is closed.
    const started = spawn('journalctl', argumentsOf(config, mark), {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    child = started
    const closed = once(started, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    const settling = setTimeout(() => said === '' && settled(), SETTLED_MS)
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MOST_SAID)
      troubled(inWords(said))
    })
    try {
      const [[status, killedBy]] = await Promise.all([closed, read(delivery, started.stdout)])
      return said === '' ? `journalctl ended with ${killedBy ?? `status ${status}`}` : inWords(said)
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? 'journalctl is not installed' : `journalctl cannot be run: ${reasonOf(error)}`
    } finally {
      clearTimeout(settling)
      started.kill()
    }
  }

  async function keepFollowing(delivery: Delivery): Promise<void> {
    const { signal } = ending
    await begin(delivery)
    while (!signal.aborted) {
      troubled(await follow(delivery))
      await sleep(backoff.next(), null, { signal }).catch(() => {})
    }
  }

  return {
    async start(sink) {
      if (config.units.length === 0) notice('any local user can write lines under this identifier: name the unit instead (unit:)')
      delivery = new Delivery(sink, notice)
      following = keepFollowing(delivery)
    },
    async stop() {
      ending.abort()
      child?.kill()
      await delivery?.end()
      await following
    },
    status() {
      const { lastLineAtMs = null, trouble: untaken = null } = delivery ?? {}
      return [{ name, lagBytes: 0, lastLineAtMs, trouble: untaken ?? trouble, ...NOTHING_LOST }]
    },
  }
}

/**
 * `--merge`, for `--follow` alone shows nothing written before the machine last started; with it the journals of other machines are
 * shown too, so that ours is asked for. `--all`, for messages above 4096 bytes are null without. Not `--after-cursor`, which in systemd
 * 252 loses a record when its cursor is gone. Equal fields are alternatives, different ones must all fit (journalctl(1)).
 */
function argumentsOf({ units, identifiers, directory }: JournalSource, mark: string): string[] {
  return [
    ...['--output=json', `--output-fields=${RECORD_FIELDS.join()}`, '--all', '--follow', '--no-tail', '--merge', '--no-pager'],
    mark.startsWith('@') ? `--since=${mark}` : `--cursor=${mark}`,
    ...(directory === null ? machineMatch() : [`--directory=${directory}`]),
    ...units.map((unit) => `_SYSTEMD_UNIT=${unit}`),
    ...identifiers.map((identifier) => `SYSLOG_IDENTIFIER=${identifier}`),
  ]
}

function machineMatch(): string[] {
  try {
    return [`_MACHINE_ID=${readFileSync('/etc/machine-id', 'utf8').trim()}`]
  } catch {
    return []
  }
}

const environment = () => ({ ...process.env, LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0' })

const inWords = (said: string): string => `journalctl: ${said.trim().replace(/\s*\n\s*/g, ' ')}`
