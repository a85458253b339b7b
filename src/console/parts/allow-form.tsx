import { useState } from 'preact/hooks'
import type { AllowJson } from '../../api/wire.ts'
import { post } from '../api.ts'
import { ActionDialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { attempt } from '../ui/toast.tsx'
import { checkCidr, checkDuration, faultOf } from './argument.ts'
import { CommentField } from './ban-dialogs.tsx'
import { DurationField } from './duration-field.tsx'

/** Adds an entry to the allow list. What is wrong with the network is said while it is typed. */
export function AllowForm({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [cidr, setCidr] = useState('')
  const [length, setLength] = useState('-1')
  const [comment, setComment] = useState('')
  const checked = checkCidr(cidr)

  async function add(): Promise<string> {
    const entry = await post<AllowJson>('api/allow', { cidr: cidr.trim(), for: length, ...(comment !== '' && { comment }) })
    return `${entry.cidr} is in the allow list. Bans inside it were lifted.`
  }

  return (
    <ActionDialog
      title="Allow an address or network"
      action="Allow"
      disabled={'fault' in checked || 'fault' in checkDuration(length)}
      onClose={onClose}
      onConfirm={() => attempt(add, onDone, onClose)}
    >
      <TextField
        label="Address or network"
        hint={'note' in checked ? checked.note : 'Nothing that comes from here is counted or banned.'}
        fault={faultOf(cidr, checked)}
        value={cidr}
        onValue={setCidr}
        input={{ placeholder: '198.51.100.0/24', class: 'mono' }}
      />
      <DurationField label="For" value={length} onValue={setLength} />
      <CommentField value={comment} onValue={setComment} />
    </ActionDialog>
  )
}
