import { useState } from 'preact/hooks'
import type { DecisionJson } from '../../api/wire.ts'
import { post } from '../api.ts'
import { ActionDialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { attempt, complain, say } from '../ui/toast.tsx'
import { plural } from '../words.ts'
import { checkAddress, checkDuration, faultOf } from './argument.ts'
import { DurationField } from './duration-field.tsx'
import { eachOf } from './each-of.ts'
import { liftedWords, unban } from './unban.ts'

interface DialogProps {
  readonly onClose: () => void
  /** Something has changed. */
  readonly onDone: () => void
}

/** Bans an address, which may be given. */
export function BanDialog({ ip = '', onClose, onDone }: DialogProps & { readonly ip?: string }) {
  const [address, setAddress] = useState(ip)
  const [length, setLength] = useState('1d')
  const checked = checkAddress(address)

  async function ban(): Promise<string> {
    const decision = await post<DecisionJson>('api/bans', { ip: address.trim(), for: length })
    return decision.type === 'ban' ? `${decision.ip} is banned.` : `${decision.ip} was banned at least as long already.`
  }

  return (
    <ActionDialog
      title="Ban an address"
      action="Ban"
      danger
      disabled={'fault' in checked || 'fault' in checkDuration(length)}
      onClose={onClose}
      onConfirm={() => attempt(ban, onDone, onClose)}
    >
      <TextField
        label="Address"
        hint="Everything that it sends is dropped."
        fault={faultOf(address, checked)}
        value={address}
        onValue={setAddress}
        input={{ placeholder: '192.0.2.7', class: 'mono' }}
      />
      <DurationField label="For" value={length} onValue={setLength} />
    </ActionDialog>
  )
}

/** Unbans one target and allows it, so that it is not banned again at once. */
export function UnbanAllowDialog({ target, onClose, onDone }: DialogProps & { readonly target: string }) {
  const [length, setLength] = useState('1d')
  const [comment, setComment] = useState('')

  const unbanAndAllow = async () => `${liftedWords(target, await unban(target, { for: length, comment }))} It is in the allow list now.`

  return (
    <ActionDialog
      title={`Unban and allow ${target}`}
      action="Unban and allow"
      disabled={'fault' in checkDuration(length)}
      onClose={onClose}
      onConfirm={() => attempt(unbanAndAllow, onDone, onClose)}
    >
      <p>While it is in the allow list nothing that {target} does is counted against it.</p>
      <DurationField label="Allow for" value={length} onValue={setLength} />
      <CommentField value={comment} onValue={setComment} />
    </ActionDialog>
  )
}

/** Unbans many, after their number was confirmed. */
export function UnbanManyDialog({ targets, onClose, onDone }: DialogProps & { readonly targets: readonly string[] }) {
  const [done, setDone] = useState(0)
  const many = plural(targets.length, 'address', 'addresses')

  async function act(): Promise<void> {
    const { done: lifted, refused } = await eachOf(targets, (target) => unban(target), setDone)
    say(`${plural(lifted, 'address', 'addresses')} unbanned.`)
    for (const { target, message } of refused.slice(0, 3)) complain(`${target}: ${message}`)
    onDone()
    onClose()
  }

  return (
    <ActionDialog title={`Unban ${many}?`} action={`Unban ${many}`} danger onClose={onClose} onConfirm={act}>
      <p>Their counters start again at nothing. Whoever goes on will be banned again.</p>
      <p class="mono quiet">
        {targets.slice(0, 8).join(', ')}
        {targets.length > 8 && ` and ${targets.length - 8} more`}
      </p>
      {done > 0 && <progress value={done} max={targets.length} aria-label="Unbanned" />}
    </ActionDialog>
  )
}

/** The comment of an entry of the allow list. */
export function CommentField({ value, onValue }: { readonly value: string; readonly onValue: (value: string) => void }) {
  return (
    <TextField label="Comment" hint="For whoever reads the list next year." value={value} onValue={onValue} input={{ maxLength: 200 }} />
  )
}
