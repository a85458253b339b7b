import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { visibleText } from '../parts/visible-text.ts'

interface FieldProps {
  readonly label: string
  readonly hint?: string
  /** What is wrong with the value; null: nothing. */
  readonly fault?: string | null
  readonly children: (attributes: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ComponentChildren
}

/** A labelled control, with a hint or what is wrong below it, which is read aloud while it is typed. */
export function Field({ label, hint = '', fault = null, children }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-about`, 'aria-invalid': fault !== null })}
      <div id={`${id}-about`} class={fault === null ? 'about quiet' : 'about fault'} aria-live="polite">
        {fault ?? hint}
      </div>
    </div>
  )
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly input?: JSX.IntrinsicElements['input']
}

export function TextField({ value, onValue, input = {}, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <input
          type="text"
          autoComplete="off"
          spellcheck={false}
          {...input}
          {...attributes}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

interface LinesFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly area?: JSX.IntrinsicElements['textarea']
}

/** Text of several lines, each as it stands. */
export function LinesField({ value, onValue, area = {}, ...field }: LinesFieldProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <textarea
          class="mono"
          rows={6}
          spellcheck={false}
          {...area}
          {...attributes}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** A list to choose one of. */
export function Choice(props: {
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  onValue: (v: string) => void
}) {
  const { label, value, options, onValue } = props
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {visibleText(text)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What narrows a list down, as it is typed. */
export function Search({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      spellcheck={false}
      value={value}
      onInput={(event) => onValue(event.currentTarget.value)}
    />
  )
}
