import type { CutOff } from '../daemon/cut-off.ts'
import { coverage, stamp } from '../report.ts'
import { askYes } from './ask.ts'
import { formatSpan } from './span.ts'
import { formatTable } from './table.ts'

const MOST_PHONES = 100
const MOST_OTHERS = 20
/** Users named of one address. */
const MOST_USERS = 10

/**
 * Shows on standard error whom a firewall would cut off from now on, and asks. Anything but yes is no; so is a `stop` before the answer.
 */
export async function confirmFirst(cuts: readonly CutOff[], backend: string, stop: Promise<void>): Promise<boolean> {
  console.error(formatCuts(cuts, backend, Date.now()))
  return askYes(`Ban these ${cuts.length} addresses now?`, stop)
}

/** Phones first: they are the ones that somebody will miss. */
export function formatCuts(cuts: readonly CutOff[], backend: string, nowMs: number): string {
  const phones = cuts.filter(({ phones }) => phones.length > 0)
  const others = cuts.filter(({ phones }) => phones.length === 0)
  const parts = [`Bans go to ${backend} from now on, for the first time. They would cut off:`]
  if (phones.length > 0) parts.push(`phones (${phones.length})`, list(phones, MOST_PHONES, nowMs))
  if (others.length > 0) parts.push(`others, where no phone is known (${others.length})`, list(others, MOST_OTHERS, nowMs))
  return `${parts.join('\n\n')}\n`
}

function list(cuts: readonly CutOff[], most: number, nowMs: number): string {
  const rows = cuts
    .slice(0, most)
    .map(({ ban, phones }) => [
      coverage(ban),
      ban.jail,
      String(ban.count),
      stamp(ban.fromMs),
      formatSpan(ban.untilMs === null ? null : ban.untilMs - nowMs),
      `${phones.slice(0, MOST_USERS).join(', ')}${phones.length > MOST_USERS ? ', …' : ''}`,
    ])
  const named = cuts.some(({ phones }) => phones.length > 0)
  const table = formatTable(
    ['address', 'jail', { title: 'count', align: 'right' }, 'since', 'remaining', ...(named ? ['phones there'] : [])],
    rows,
  )
  return cuts.length > most ? `${table}\n… and ${cuts.length - most} more` : table
}
