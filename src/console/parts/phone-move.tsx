import { useState } from 'preact/hooks'
import type { PhoneJson } from '../../api/records-wire.ts'
import { ApiError, post } from '../api.ts'
import { ActionDialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { Hostile } from '../ui/text.tsx'
import { say } from '../ui/toast.tsx'
import { spellMac } from './phone-list.ts'

interface MoveProps {
  /** One that has shown a MAC. */
  readonly phone: PhoneJson
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Says that a phone belongs to another extension from now on. */
export function MoveDialog({ phone, onClose, onDone }: MoveProps) {
  const [extension, setExtension] = useState('')
  const [refusal, setRefusal] = useState<string | null>(null)
  const fault = faultOf(extension)
  const mac = spellMac(phone.mac_address ?? '')

  async function move(): Promise<void> {
    try {
      await post('api/registered-phones/move', { mac, extension })
      say(`${mac} belongs to ${extension} now.`)
      onDone()
      onClose()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setRefusal(error.message)
    }
  }

  return (
    <ActionDialog title={`Move ${mac}`} action="Move" disabled={extension === '' || fault !== null} onClose={onClose} onConfirm={move}>
      <p>
        Every row of this phone, which is <Hostile text={phone.extension_number} /> now, belongs to the extension that you name. A phone
        that registers as another one later is moved again.
      </p>
      <TextField
        label="Extension"
        hint="1 to 20 characters, as the phone registers."
        fault={refusal ?? fault}
        value={extension}
        onValue={(value) => {
          setExtension(value.trim())
          setRefusal(null)
        }}
      />
    </ActionDialog>
  )
}

/** As the API would refuse it; nothing typed is no fault yet. */
function faultOf(extension: string): string | null {
  if (extension.length > 20) return 'An extension has at most 20 characters.'
  return /[\s\p{C}]/u.test(extension) ? 'An extension has no spaces or control characters.' : null
}
