import { formatDuration } from '../duration.ts'
import { forTerminal } from '../escape.ts'
import type { BanEvidence, EvidenceLine } from '../kept.ts'
import { coverage } from '../report.ts'
import { parseLineId } from './line-id.ts'

/** What a bundle says of itself: README.txt. `config` and `node` are those of today; every text of a line is escaped. */
export function readme(evidence: BanEvidence, lines: readonly EvidenceLine[], config: string, node: string): string {
  const { ban, window, arming } = evidence
  const missing = lines.filter(({ text }) => text === null)
  const foreign = missing.filter(({ id }) => parseLineId(id)?.node !== node).length
  const length = ban.untilMs === null ? 'for ever' : `until ${new Date(ban.untilMs).toISOString()}`
  const changed =
    config === evidence.config ? '' : `, which has changed since (it is ${config} now): but for that jail, config.yaml is today's`
  const parts = [
    `Why ${coverage(ban)} was banned by [${ban.jail}] at ${new Date(ban.fromMs).toISOString()}, ${length} (ban no. ${ban.nth}).`,
    `The window of ${window!.key} held ${ban.count} of ${window!.maxretry} within ${formatDuration(window!.findtimeMs)}.\nNode ${ban.node}, configuration ${evidence.config}${changed}.`,
    'To decide it again:  sipguard replay THIS-DIRECTORY',
    [
      `lines.log    the lines that were counted${arming.length > 0 ? ', and those that had put the key under attack' : ''}, in order`,
      'config.yaml  jails, lists and time zone; without DNS names, and without entries that cover the address by now',
      'state.json   what else it takes: earlier bans of the address, phones known there, when the lines were read',
      'why.json     what sipguard why --json said',
    ].join('\n'),
    'The replay judges by that jail only. Without any one of the lines there is no such ban.',
    missing.length === 0
      ? ''
      : `${missing.length} of the lines are not here: they were not kept, and could not be read back${foreign > 0 ? `; ${foreign} of them were counted by other nodes` : ''}. The replay does not ban.`,
    'The files hold addresses, user names and parts of your configuration: look at them before you give them to somebody else.',
  ]
  const escaped = parts.filter((part) => part !== '').map((part) => part.split('\n').map(forTerminal).join('\n'))
  return `${escaped.join('\n\n')}\n`
}
