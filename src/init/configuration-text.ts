import { forTerminal, toJsonLine } from '../escape.ts'
import type { Entry } from './entry.ts'
import type { Proposal } from './proposal.ts'

/** A proposal as a configuration file, short, each value with the place that it comes from. Whatever servers' files hold stays a value or a comment. */
export function configurationText({ servers, ignoreip, peers, self, enforce, groups, notes }: Proposal): string {
  return [
    '# The configuration of sipguard, proposed by `sipguard init`. All keys: docs/configuration.md.',
    '# Try it: sipguard check --config FILE, sipguard doctor. Apply it: systemctl reload sipguard.',
    ...notes.map((note) => comment(`Note: ${note}`)),
    '',
    '# What is read.',
    'sources:',
    ...sources(servers),
    ...(groups.length > 0 ? [comment(`To read these, a daemon that is not root must be in: ${groups.join(', ')}`)] : []),
    '',
    '# Never banned: where you administer this from, your offices, your monitoring.',
    ...list('ignoreip', ignoreip),
    '',
    '# PBXs, dispatcher destinations, carriers: their failures raise an alert and ban nobody.',
    ...list('peers', peers),
    '',
    '# Addresses that are this host’s without being on an interface (cloud, VRRP); those on its interfaces are known.',
    ...list('self', self),
    '',
    '# Observe only: bans are decided and said, nothing is dropped. When `sipguard bans` has shown the right ones for some days,',
    `# write ${enforce.backend} here (${enforce.why}) and restart: systemctl restart sipguard.`,
    'enforce: none',
    '',
  ].join('\n')
}

/** Each place once: two servers may share the log of the system. */
function sources(servers: Proposal['servers']): string[] {
  const seen = new Set<string>()
  return servers.flatMap(({ server, by, logs }) => [
    `  ${comment(`${server.title} (${by})`)}`,
    ...logs.flatMap(({ key, value, isShared, why }) => {
      if (seen.has(`${key} ${value}`)) return [`  ${comment(`the same log: ${value}`)}`]
      seen.add(`${key} ${value}`)
      return [`  - ${key}: ${scalar(value)} ${comment(why)}`, ...(isShared ? [] : [`    filter: ${server.name}`])]
    }),
  ])
}

function list(key: string, entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [`${key}: []`]
  return [`${key}:`, ...entries.map(({ value, from }) => `  - ${scalar(value)} ${comment(from)}`)]
}

/** On one line, whatever the text holds. */
const comment = (text: string) => `# ${forTerminal(text)}`

/** Quoted wherever YAML could take it for anything but this text: JSON's strings are YAML's. */
const scalar = (value: string) => (/^(?=.*[./])[A-Za-z/][\w./@-]*$|^\d+\.\d+\.\d+\.\d+(?:\/\d+)?$/.test(value) ? value : toJsonLine(value))
