import { useState } from 'preact/hooks'
import type { FilterJson } from '../../api/rules-wire.ts'
import type { TriedJson } from '../../api/why-wire.ts'
import { ApiError, post } from '../api.ts'
import { useLoad } from '../load.ts'
import { Tried } from '../parts/tried.tsx'
import { visibleText } from '../parts/visible-text.ts'
import { Choice, LinesField } from '../ui/field.tsx'
import { Failed } from '../ui/states.tsx'
import '../style/known.css'
import '../style/lines.css'

/** What the API takes. */
const MOST_LINES = 500
const MOST_BYTES = 64 * 1024

/** Log lines that are pasted, and what sipguard would make of them. Nothing of it is kept. */
export function TryPage() {
  const filters = useLoad<readonly FilterJson[]>('api/filters')
  const [text, setText] = useState('')
  const [filter, setFilter] = useState('')
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState<TriedJson | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const fault = faultOf(text)
  const ready = !busy && fault === null && text.trim() !== ''

  async function run(): Promise<void> {
    if (!ready) return
    setBusy(true)
    setError(null)
    try {
      setTried(await post<TriedJson>('api/try', { text, filter: filter === '' ? null : filter }))
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught
      setError(caught)
    } finally {
      setBusy(false)
    }
  }

  const names = (filters.data ?? []).map(({ name }) => [name, visibleText(name)] as const)
  return (
    <>
      <div class="head">
        <h1>Try a line</h1>
      </div>
      <form
        class="panel try"
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <LinesField
          label="Log lines"
          hint="As they stand in the log, prefix and all; Ctrl+Enter tries them. They are judged by the configuration in force. Nothing is kept, nobody is banned."
          fault={fault}
          value={text}
          onValue={setText}
          area={{
            wrap: 'off',
            onKeyDown(event) {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void run()
            },
          }}
        />
        <div class="bar">
          <Choice label="Filter" value={filter} options={[['', 'by each line’s prefix'], ...names]} onValue={setFilter} />
          <button type="submit" class="primary push" disabled={!ready}>
            {busy ? 'Trying …' : 'Try'}
          </button>
        </div>
      </form>
      <div class="tried-answer" aria-live="polite">
        {error && <Failed error={error} />}
        {tried && <Tried tried={tried} />}
      </div>
    </>
  )
}

/** Why the API would not take it. */
function faultOf(text: string): string | null {
  const lines = text.replace(/\n$/, '').split('\n').length
  if (lines > MOST_LINES) return `These are ${lines} lines; ${MOST_LINES} are tried at once.`
  return new TextEncoder().encode(text).length > MOST_BYTES ? 'This is more than the 64 KiB that are tried at once.' : null
}
