import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, Ledger } from './ledger.ts'
import { LINE_BYTES } from './line.ts'
import { type Round, rounds } from './plan.ts'
import { countedLines, type Reading, startReading } from './reading.ts'
import { startWriting } from './writing.ts'

export interface ChaosOptions {
  /** A directory of its own. */
  readonly dir: string
  readonly seed: number
  readonly rounds: number
  readonly onProgress?: (rounds: number, counted: number) => void
}

export interface Outcome extends Account {
  readonly rounds: number
  /** How often each thing was done. */
  readonly did: Readonly<Record<string, number>>
  readonly complaints: readonly string[]
}

/** After so many rounds the writer pauses, the reader may catch up, and everything must be right. */
const SETTLE_EVERY = 5
const FIRST_LINE_MS = 20_000
const CATCH_UP_MS = 120_000
/** A reader that is not faster than the writer by then is killed as it is. */
const MOST_BEHIND_MS = 5000

/**
 * A writer at 20,000 lines a second whose log is rotated, and `sipguard watch` on it, killed with -9 and started again, once a round.
 * Ends at the first settling where something is not right.
 */
export async function chaos({ dir, seed, rounds: wanted, onProgress }: ChaosOptions): Promise<Outcome> {
  const log = join(dir, 'log', 'sip.log')
  const state = join(dir, 'state')
  mkdirSync(join(dir, 'log'))
  writeFileSync(log, '')
  const ledger = new Ledger()
  const did: Record<string, number> = {}
  const complaints = new Set<string>()
  const broken: string[] = []
  let counted = 0

  const note = (what: string) => {
    did[what] = (did[what] ?? 0) + 1
  }

  async function end(reading: Reading, signal: NodeJS.Signals): Promise<void> {
    if (!(await reading.end(signal))) broken.push('the reader ended by itself')
    const now = countedLines(state)
    ledger.committed(now - counted, reading.printed)
    counted = now
    for (const told of reading.told) ledger.told(told)
    for (const complaint of reading.complaints) complaints.add(complaint.replaceAll(/\d+/g, 'N'))
  }

  // What was rotated away before anybody had ever noted that he looked is nobody's: the file is known first.
  const first = startReading(log, state, '--from-start')
  const writing = startWriting(log)
  try {
    await first.until(() => first.printed.length > 0 && countedLines(state) > 0, FIRST_LINE_MS)
    await end(first, 'SIGKILL')

    const rotate = async ({ rotation, gapMs, rotateWhile }: Round) => {
      const { gap } = await writing.rotate(rotation, gapMs)
      note(`${rotation} while the reader is ${rotateWhile}`)
      if (gap) ledger.gap(gap)
    }

    /** Everything that can be read is read; nobody writes meanwhile. */
    const settle = async (): Promise<Account> => {
      const written = await writing.pause()
      const reading = startReading(log, state)
      // The last line may have been committed by a run that was killed then: it is not read again.
      const isDone = () => {
        const { swallowed, differences } = ledger.account(written, LINE_BYTES)
        return differences.length === 0 && counted + swallowed >= written
      }
      if (!isDone()) await reading.until(() => reading.printed.at(-1) === written - 1, CATCH_UP_MS)
      await end(reading, 'SIGTERM')
      await writing.resume()
      const account = ledger.account(written, LINE_BYTES)
      return { ...account, differences: [...account.differences, ...broken] }
    }

    const plan = rounds(seed, SETTLE_EVERY)
    let account: Account | null = null
    let done = 0
    for (; done < wanted && (account === null || account.differences.length === 0); done++) {
      const round = plan.next().value
      if (round.rotateWhile === 'down') await rotate(round)
      const reading = startReading(log, state)
      if (round.rotateWhile === 'starting') await rotate(round)
      const reads = round.rotateWhile === 'reading' && round.reads === 'nothing' ? 'something' : round.reads
      if (reads !== 'nothing') await reading.until(() => reading.printed.length > 0, FIRST_LINE_MS)
      if (reads === 'everything') {
        const newest = (await writing.count()) - 1
        await reading.until(() => reading.printed.at(-1)! >= newest, MOST_BEHIND_MS)
      }
      await sleep(round.beforeRotationMs)
      if (round.rotateWhile === 'reading') await rotate(round)
      await sleep(round.beforeKillMs)
      await end(reading, 'SIGKILL')
      note(`kill -9 when it has read ${reads}`)
      onProgress?.(done + 1, counted)
      if ((done + 1) % SETTLE_EVERY === 0 || done + 1 === wanted) account = await settle()
    }
    return { ...(account ?? (await settle())), rounds: done, did, complaints: [...complaints] }
  } finally {
    writing.end()
  }
}
