import { useState } from 'preact/hooks'
import type { PhoneJson } from '../../api/records-wire.ts'
import { parseDuration } from '../../duration.ts'
import { ApiError, post } from '../api.ts'
import { ActionDialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { say } from '../ui/toast.tsx'
import { plural } from '../words.ts'

interface PruneProps {
  readonly phones: readonly PhoneJson[]
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Forgets phones that are not there any more, or that cannot be told apart; says how many before. */
export function PruneDialog({ phones, onClose, onDone }: PruneProps) {
  const [which, setWhich] = useState<'old' | 'incomplete'>('old')
  const [age, setAge] = useState('90d')
  const [refusal, setRefusal] = useState<string | null>(null)
  const ageMs = millisecondsOf(age)
  const concerned = phones.filter(({ mac_address, last_registered }) =>
    which === 'incomplete' ? mac_address === null : ageMs !== null && Date.parse(last_registered) < Date.now() - ageMs,
  ).length

  async function prune(): Promise<void> {
    try {
      const { removed } = await post<{ removed: number }>(
        'api/registered-phones/prune',
        which === 'incomplete' ? { incomplete: true } : { older_than: age },
      )
      say(`${plural(removed, 'phone')} forgotten.`)
      onDone()
      onClose()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setRefusal(error.message)
    }
  }

  return (
    <ActionDialog
      title="Forget old phones"
      action={`Forget ${plural(concerned, 'phone')}`}
      danger
      disabled={concerned === 0}
      onClose={onClose}
      onConfirm={prune}
    >
      <p>A phone that registers again is known again, from then on. Otherwise this cannot be undone.</p>
      <fieldset class="options">
        <legend>Which</legend>
        <label>
          <input type="radio" name="which" checked={which === 'old'} onChange={() => setWhich('old')} /> Those that have not registered for
          long
        </label>
        <label>
          <input type="radio" name="which" checked={which === 'incomplete'} onChange={() => setWhich('incomplete')} /> Those that have shown
          no MAC
        </label>
      </fieldset>
      {which === 'old' && (
        <TextField
          label="Not for"
          hint="Such as 12h, 90d or 4w."
          fault={ageMs === null ? 'This is no length of time: write 12h, 90d or 4w.' : null}
          value={age}
          onValue={(value) => setAge(value.trim())}
        />
      )}
      {refusal !== null && (
        <p class="fault" role="alert">
          {refusal}
        </p>
      )}
    </ActionDialog>
  )
}

/** Null for what is no length of time, and for ever. */
function millisecondsOf(age: string): number | null {
  try {
    return parseDuration(age)
  } catch {
    return null
  }
}
