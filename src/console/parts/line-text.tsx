import { type FieldSpan, linePieces } from './line-pieces.ts'
import { type Ends, visibleRuns, visibleText } from './visible-text.ts'

/** A log line as it is, letter by letter: what would be hidden is shown, and its fields are marked and named. */
export function LineText({ text, fields = [] }: { readonly text: string; readonly fields?: readonly FieldSpan[] }) {
  return (
    <code class="line-text">
      {linePieces(text, fields).map((piece, i, all) =>
        piece.field === null ? (
          <Visible text={piece.text} ends={{ start: i === 0, end: i === all.length - 1 }} />
        ) : (
          <mark class="part" data-field={visibleText(piece.field)} title={visibleText(piece.field)}>
            <Visible text={piece.text} />
          </mark>
        ),
      )}
    </code>
  )
}

/** Text of which nothing is hidden. */
export function Visible({ text, ends }: { readonly text: string; readonly ends?: Ends }) {
  return visibleRuns(text, ends).map((run) => (run.kind === 'text' ? run.text : <span class={`run-${run.kind}`}>{run.text}</span>))
}
