import type { WhyJson, WhyNotJson } from '../../api/why-wire.ts'
import { Badge } from '../ui/badge.tsx'
import { Hostile } from '../ui/text.tsx'
import { figure, plural } from '../words.ts'
import { EvidenceLines, LinePlaces } from './evidence-lines.tsx'
import { notCountedWords } from './evidence-words.ts'
import { ExplainedBan } from './explained-ban.tsx'

/** Every decision about an address, explained. */
export function Why({ why: { bans, windows, not_counted, config_version } }: { readonly why: WhyJson }) {
  return (
    <section class="panel why">
      <h2>Why</h2>
      {bans.length === 0 && <p>No ban of this address is known.</p>}
      {bans.map((ban) => (
        <ExplainedBan key={`${ban.at} ${ban.jail} ${ban.port}`} ban={ban} />
      ))}
      <Windows windows={windows} />
      <NotCounted groups={not_counted} />
      <p class="quiet">
        Judged by the configuration <Hostile text={config_version} />. The same on a terminal: <code>sipguard why</code>.
      </p>
    </section>
  )
}

function Windows({ windows }: Pick<WhyJson, 'windows'>) {
  if (windows.length === 0) return null
  return (
    <>
      <h3>Counted now</h3>
      {windows.map(({ jail, key, count, maxretry, findtime, lines }) => (
        <details key={`${jail} ${key}`}>
          <summary>
            <Hostile text={jail} /> {figure(count)} of {figure(maxretry)} within <Hostile text={findtime} />
            <span class="quiet">
              {' under '}
              <Hostile text={key} />
            </span>
          </summary>
          <LinePlaces lines={lines} />
        </details>
      ))}
    </>
  )
}

function NotCounted({ groups }: { readonly groups: WhyJson['not_counted'] }) {
  if (groups.length === 0) return null
  return (
    <>
      <h3>Not counted</h3>
      {groups.map(({ why, count, lines }) => (
        <details key={why}>
          <summary>
            {plural(count, 'line')}: <Hostile text={notCountedWords(why)} /> <Badge>{why}</Badge>
          </summary>
          <EvidenceLines lines={lines} />
        </details>
      ))}
    </>
  )
}

/** Why an address is not banned: the one cause, and what to do if it should be. */
export function WhyNot({ whyNot: { cause, text, remedy } }: { readonly whyNot: WhyNotJson }) {
  return (
    <section class="panel why-not">
      <h2>Why it is not banned</h2>
      <p>
        <Hostile text={text} /> <Badge>{cause}</Badge>
      </p>
      {remedy !== null && (
        <p class="quiet">
          <Hostile text={remedy} />
        </p>
      )}
    </section>
  )
}
