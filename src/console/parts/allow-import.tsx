import { useMemo, useState } from 'preact/hooks'
import { post } from '../api.ts'
import { ActionDialog } from '../ui/dialog.tsx'
import { Field, LinesField } from '../ui/field.tsx'
import { Hostile } from '../ui/text.tsx'
import { complain, say } from '../ui/toast.tsx'
import { plural } from '../words.ts'
import { readAllowCsv } from './allow-csv.ts'
import { eachOf } from './each-of.ts'

/** Takes entries from a file, after they and the faults were seen. */
export function AllowImport({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [text, setText] = useState('')
  const { entries, faults } = useMemo(() => readAllowCsv(text, Date.now()), [text])
  const many = plural(entries.length, 'entry', 'entries')

  async function take(): Promise<void> {
    const byCidr = new Map(entries.map(({ line: _, ...entry }) => [entry.cidr, entry]))
    const { done, refused } = await eachOf([...byCidr.keys()], (cidr) => post('api/allow', byCidr.get(cidr)))
    say(`${plural(done, 'entry', 'entries')} added.`)
    for (const { target, message } of refused.slice(0, 3)) complain(`${target}: ${message}`)
    onDone()
    onClose()
  }

  return (
    <ActionDialog title="Import CSV" action={`Add ${many}`} disabled={entries.length === 0} onClose={onClose} onConfirm={take}>
      <Field label="File">
        {(attributes) => (
          <input
            {...attributes}
            type="file"
            accept=".csv,text/csv,text/plain"
            onChange={(event) => void event.currentTarget.files?.[0]?.text().then(setText)}
          />
        )}
      </Field>
      <LinesField
        label="Or text"
        hint="A line each: address or network, until (a time, 1d, or nothing), comment."
        value={text}
        onValue={setText}
        area={{ placeholder: '198.51.100.0/24,,office' }}
      />
      <div class="preview" aria-live="polite">
        {faults.length > 0 && (
          <>
            <p class="fault">{plural(faults.length, 'line is', 'lines are')} wrong and will be left out:</p>
            <ul class="faults">
              {faults.slice(0, 20).map(({ line, text: fault }) => (
                <li key={line}>
                  line {line}: <Hostile text={fault} />
                </li>
              ))}
            </ul>
            {faults.length > 20 && <p class="quiet">and {faults.length - 20} more</p>}
          </>
        )}
        {entries.length > 0 && (
          <>
            <p>{many} to add:</p>
            <ul class="entries">
              {entries.slice(0, 20).map((entry) => (
                <li key={entry.line}>
                  <code>{entry.cidr}</code> <span class="quiet">{entry.for === '-1' ? 'for ever' : `for ${entry.for}`}</span>{' '}
                  {entry.comment !== '' && <Hostile text={entry.comment} />}
                </li>
              ))}
            </ul>
            {entries.length > 20 && <p class="quiet">and {entries.length - 20} more</p>}
          </>
        )}
      </div>
    </ActionDialog>
  )
}
