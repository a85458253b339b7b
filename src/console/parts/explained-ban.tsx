import type { ExplainedBanJson } from '../../api/why-wire.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { useNow } from '../ui/clock.ts'
import { Hostile } from '../ui/text.tsx'
import { Remaining, Time } from '../ui/time.tsx'
import { figure, plural } from '../words.ts'
import { EvidenceLines } from './evidence-lines.tsx'
import { evidenceWords, levelWords, liftedByWords } from './evidence-words.ts'
import { Facts } from './facts.tsx'
import { Port } from './port.tsx'

/** Why there is, or was, a ban: the jail and its window, what it rests on, and each line that counted. */
export function ExplainedBan({ ban }: { readonly ban: ExplainedBanJson }) {
  const { jail, at, until, lifted_at, lifted_by, nth, level, evidence, node, window, lines, armed_by, firewall } = ban
  return (
    <article class="explained">
      <div class="head">
        <h3>
          <Hostile text={jail} />
        </h3>
        <BanState ban={ban} />
      </div>
      <Facts
        facts={[
          ['Banned', <Time at={at} />],
          ['Until', until === null ? 'somebody lifts it' : <Time at={until} />],
          ['Lifted', lifted_at && <Lifted at={lifted_at} by={lifted_by} />],
          ['Covers', <Coverage ban={ban} />],
          ['Which ban of it', `no. ${nth}`],
          ['Threshold', window && <Threshold window={window} />],
          ['Counted under', window && <Hostile text={window.key} />],
          ['The address was', <Hostile text={levelWords(level)} />],
          ['The evidence was', <Hostile text={evidenceWords(evidence)} />],
          ['Decided by', <Hostile text={`node ${node}`} />],
          ['Firewall', <Firewall firewall={firewall} />],
        ]}
      />
      {lines.length === 0 ? (
        <p class="quiet">
          {window === null ? 'No line counted: a person or another program entered this ban.' : 'Its lines are not kept here.'}
        </p>
      ) : (
        <>
          <h4>{plural(lines.length, 'line that counted', 'lines that counted')}</h4>
          <EvidenceLines lines={lines} />
        </>
      )}
      {armed_by.length > 0 && (
        <details>
          <summary>{plural(armed_by.length, 'line')} that made the jail watch this user more closely</summary>
          <EvidenceLines lines={armed_by} />
        </details>
      )}
    </article>
  )
}

function BanState({ ban: { until, lifted_at } }: { readonly ban: ExplainedBanJson }) {
  const over = until !== null && Date.parse(until) <= useNow()
  if (lifted_at !== null) return <Badge>lifted</Badge>
  if (over) return <Badge>over</Badge>
  return (
    <>
      <Badge tone="bad">in force</Badge> <Remaining until={until} />
    </>
  )
}

function Lifted({ at, by }: { readonly at: string; readonly by: string | null }) {
  return (
    <>
      <Time at={at} />
      {by !== null && (
        <>
          {', '}
          <Hostile text={liftedByWords(by)} />
        </>
      )}
    </>
  )
}

function Coverage({ ban: { ip, scope, prefix, port, transport } }: { readonly ban: ExplainedBanJson }) {
  if (scope === 'endpoint') {
    return (
      <>
        <Hostile text={ip} />
        <Port port={port} transport={transport} />, not the whole address
      </>
    )
  }
  return <Hostile text={prefix ?? ip} />
}

function Threshold({ window: { maxretry, findtime, bantime } }: { readonly window: NonNullable<ExplainedBanJson['window']> }) {
  return (
    <>
      {figure(maxretry)} within <Hostile text={findtime} />, then {bantime === '-1' ? 'for ever' : <Hostile text={bantime} />}
    </>
  )
}

function Firewall({ firewall: { backend, verified, packets } }: { readonly firewall: NonNullable<ExplainedBanJson['firewall']> }) {
  const [tone, says]: [Tone, string] =
    verified === null ? ['plain', 'not asked'] : verified ? ['good', 'confirmed by the kernel'] : ['bad', 'not in the kernel']
  return (
    <>
      <Hostile text={backend} />: <Badge tone={tone}>{says}</Badge>
      {packets !== null && ` ${plural(packets, 'packet')} dropped`}
    </>
  )
}
