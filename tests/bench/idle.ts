import { readFileSync } from 'node:fs'
import { median, type Part } from './figure.ts'
import { startIdle } from './idle-daemon.ts'

const ROUNDS = 3

/** What a daemon holds that follows an empty log and has nothing to do: records off, and as it comes, with its records in SQLite. */
export const idle: Part = async () => {
  const rss = async (configuration: string) => {
    const rounds: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const daemon = await startIdle(configuration)
      rounds.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))![1]) * 1024)
      await daemon.end()
    }
    return median(rounds) / 1e6
  }
  const group = 'RSS of an idle daemon'
  return [
    { group, name: 'records: off', value: await rss('records: off\n'), unit: 'MB' },
    { group, name: 'as it comes, records in SQLite', value: await rss('records: sqlite\n'), unit: 'MB' },
  ]
}
