import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Visible } from '../parts/line-text.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A modal dialog: the browser keeps the focus inside, Esc closes it, and whoever opened it has the focus back. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  // With the page's change, not after it: who waits for the dialog to go finds the focus where it belongs.
  useLayoutEffect(() => {
    const dialog = ref.current as HTMLDialogElement
    const opener = document.activeElement
    dialog.showModal()
    return () => {
      dialog.close()
      // The row with the button may be gone by now.
      const back = opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector('main')
      back?.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <h2 id={id}>
        <Visible text={title} />
      </h2>
      {children}
    </dialog>
  )
}

interface ConfirmProps extends DialogProps {
  /** What the button does: `Unban 12 addresses`. */
  readonly action: string
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly onConfirm: () => Promise<void>
}

/** A dialog with a form whose only outcome is one action. It stays open, and cannot be sent twice, until that is done. */
export function ActionDialog({ title, action, danger = false, disabled = false, onClose, onConfirm, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false)
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setBusy(true)
          void onConfirm().finally(() => setBusy(false))
        }}
      >
        {children}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={danger ? 'danger' : 'primary'} disabled={busy || disabled}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
