import { useState } from 'preact/hooks'
import { Field, TextField } from '../ui/field.tsx'
import { checkDuration, faultOf } from './argument.ts'

const USUAL = [
  ['1h', '1 hour'],
  ['1d', '1 day'],
  ['1w', '1 week'],
  ['4w', '4 weeks'],
  ['-1', 'for ever'],
] as const

interface DurationFieldProps {
  readonly label: string
  /** As the API takes it: `1h`, `-1` for ever. */
  readonly value: string
  readonly onValue: (value: string) => void
}

/** One of the usual lengths of time, or another. */
export function DurationField({ label, value, onValue }: DurationFieldProps) {
  const [own, setOwn] = useState(() => USUAL.every(([usual]) => usual !== value))
  return (
    <>
      <Field label={label}>
        {(attributes) => (
          <select
            {...attributes}
            value={own ? '' : value}
            onChange={(event) => {
              const chosen = event.currentTarget.value
              setOwn(chosen === '')
              onValue(chosen)
            }}
          >
            {USUAL.map(([usual, words]) => (
              <option key={usual} value={usual}>
                {words}
              </option>
            ))}
            <option value="">other …</option>
          </select>
        )}
      </Field>
      {own && (
        <TextField
          label="Other length"
          hint="90s, 10m, 12h, 7d or 4w"
          fault={faultOf(value, checkDuration(value))}
          value={value}
          onValue={onValue}
        />
      )}
    </>
  )
}
