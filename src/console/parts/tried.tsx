import type { TriedJson, TriedLineJson } from '../../api/why-wire.ts'
import { Badge } from '../ui/badge.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Hostile } from '../ui/text.tsx'
import { figure, kindWords, plural } from '../words.ts'
import { LineText } from './line-text.tsx'
import { TriedDecision } from './tried-decision.tsx'

/** What would become of the lines that were tried. */
export function Tried({ tried: { lines, decisions, windows } }: { readonly tried: TriedJson }) {
  const known = lines.filter(({ kind }) => kind !== null).length
  const bans = decisions.filter(({ type }) => type === 'ban').length
  return (
    <div class="stack">
      <section class="panel">
        <h2>Lines</h2>
        <p class="tried-sum">
          {plural(lines.length, 'line')}, {figure(known)} known to a rule; {bans === 0 ? 'nobody would be banned' : plural(bans, 'ban')}.
        </p>
        <ol class="tried">
          {lines.map((line) => (
            <li key={line.line}>
              <div class="tried-head">
                <span class="quiet">{line.line}</span> <Verdict line={line} />
              </div>
              <LineText text={line.text} fields={line.fields} />
              {decisions
                .filter((decision) => decision.line === line.line)
                .map((decision, i) => (
                  <TriedDecision key={i} decision={decision} />
                ))}
            </li>
          ))}
        </ol>
      </section>
      {lines.length > known && <Unknown />}
      <Windows windows={windows} />
    </div>
  )
}

function Verdict({ line: { kind, filter, rule, ip, counted, shadow, proved, why } }: { readonly line: TriedLineJson }) {
  if (kind === null) return <Badge tone="warn">no rule knows this line</Badge>
  return (
    <>
      <Badge tone="info">{kindWords(kind)}</Badge>
      <span class="mono quiet">
        <Hostile text={`${filter ?? '?'}/${rule ?? '?'}`} />
      </span>
      {shadow ? (
        <Badge title="Another line says the same of the same request; that one counts.">shadow: not counted</Badge>
      ) : (
        <Badge tone={counted ? 'bad' : 'plain'}>{counted ? 'counted' : 'not counted'}</Badge>
      )}
      {counted && proved !== undefined && (
        <Badge
          title={proved ? 'The sender’s address is sure: TCP, TLS or WebSocket.' : 'Over UDP anybody can send from another’s address.'}
        >
          {proved ? 'proved' : 'unproved'}
        </Badge>
      )}
      {ip === null && (
        <Badge tone="warn" title="The line names no address that may be trusted, so it is held against nobody.">
          no sure address
        </Badge>
      )}
      {why !== undefined && <Hostile text={why} />}
    </>
  )
}

const COLUMNS: readonly Column<TriedJson['windows'][number]>[] = [
  { id: 'jail', title: 'Jail', wide: true, cell: ({ jail }) => <Hostile text={jail} />, sort: ({ jail }) => jail },
  { id: 'key', title: 'Of', wide: true, cell: ({ key }) => <Hostile text={key} />, sort: ({ key }) => key },
  {
    ...{ id: 'count', title: 'Counted', numeric: true },
    cell: ({ count, maxretry }) => `${figure(count)} of ${figure(maxretry)}`,
    sort: ({ count, maxretry }) => count / maxretry,
  },
  { id: 'findtime', title: 'Within', wide: true, cell: ({ findtime }) => <Hostile text={findtime} /> },
]

function Windows({ windows }: Pick<TriedJson, 'windows'>) {
  return (
    <section class="panel">
      <h2>Left counted at the end</h2>
      {windows.length === 0 ? (
        <p class="quiet">Nothing: no jail counts these lines, or each window that they filled was cleared by its ban.</p>
      ) : (
        <Table caption="Windows" columns={COLUMNS} rows={windows} keyOf={({ jail, key }) => `${jail} ${key}`} />
      )}
    </section>
  )
}

const RULE = `name: mysbc
prefix: opensips
rules:
  - id: wrong-password
    kind: failed_registration
    failregex: '^mysbc: wrong password src=<ADDR>:<PORT> user=<F-USER>.*</F-USER>$'`

/** For who has lines that no rule knows: whether that is wrong, and what to do then. */
function Unknown() {
  return (
    <section class="panel prose">
      <h2>Lines that no rule knows</h2>
      <p>
        Most lines of a log are nobody’s failure, and no rule knows them. If one of these is, see first that it is whole and begins with its
        prefix (<code>opensips[812]: …</code>), or choose its filter above. Else write a rule into a filter of your own,{' '}
        <code>filters/mysbc.yaml</code>:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{RULE}</pre>
      <p>
        Put <code>filters: [filters/mysbc.yaml]</code> into the configuration, have the rule proved by{' '}
        <code>sipguard filter check filters/mysbc.yaml</code>, and reload. The best line is one of your own making: the address first, free
        text last.
      </p>
    </section>
  )
}
