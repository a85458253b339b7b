import type { LineJson, LinePlaceJson } from '../../api/why-wire.ts'
import { Hostile } from '../ui/text.tsx'
import { Time } from '../ui/time.tsx'
import { figure, kindWords } from '../words.ts'
import { LineText } from './line-text.tsx'
import { UserLink } from './links.tsx'

/** Lines of evidence in their order: when, where, what of it counts, and the line itself. */
export function EvidenceLines({ lines }: { readonly lines: readonly LineJson[] }) {
  return (
    <ol class="evidence">
      {lines.map((line) => (
        <li key={line.id}>
          <div class="evidence-head">
            <LinePlace line={line} />
            {line.kind !== null && (
              <span>
                <Hostile text={kindWords(line.kind)} />
              </span>
            )}
            {line.user !== null && <UserLink user={line.user} />}
            {line.rule !== null && (
              <span class="quiet mono">
                <Hostile text={line.rule} />
              </span>
            )}
          </div>
          {line.text === null ? (
            <p class="quiet">The text is not here: the log does not hold it any more, or another node has read it.</p>
          ) : (
            <LineText text={line.text} />
          )}
        </li>
      ))}
    </ol>
  )
}

/** The same of lines of which only the place is known. */
export function LinePlaces({ lines }: { readonly lines: readonly LinePlaceJson[] }) {
  return (
    <ol class="evidence">
      {lines.map((line) => (
        <li key={line.id} class="evidence-head">
          <LinePlace line={line} />
        </li>
      ))}
    </ol>
  )
}

function LinePlace({ line: { at, source, offset } }: { readonly line: LinePlaceJson }) {
  return (
    <>
      <Time at={at} />
      <span class="quiet">
        <Hostile text={source ?? 'counted by another node'} />
        {offset !== null && `, byte ${figure(offset)}`}
      </span>
    </>
  )
}
