import { useState } from 'preact/hooks'
import { ApiError, login } from '../api.ts'
import { TextField } from '../ui/field.tsx'

/** Asks for a token. It is sent once, for a session in a cookie; the page keeps nothing of it. */
export function LoginPage() {
  const [token, setToken] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  async function enter(): Promise<void> {
    setBusy(true)
    try {
      await login(token.trim())
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setFault(faultOf(error))
      setBusy(false)
      document.querySelector<HTMLInputElement>('.login input')?.select()
    }
  }

  return (
    <main class="login">
      <h1>sipguard</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void enter()
        }}
      >
        <TextField
          label="Token"
          fault={fault}
          value={token}
          onValue={(value) => {
            setToken(value)
            setFault(null)
          }}
          input={{ type: 'password', autoComplete: 'current-password', autofocus: true, required: true }}
        />
        <button type="submit" class="primary" disabled={busy || token.trim() === ''}>
          Log in
        </button>
      </form>
      <p class="quiet">
        On the machine where sipguard runs, <code>sipguard token add NAME</code> makes a token and shows it once. With{' '}
        <code>--read-only</code> it may look and change nothing.
      </p>
    </main>
  )
}

function faultOf(error: ApiError): string {
  if (error.status === 401) return 'This is not a token that sipguard knows.'
  if (error.status !== 429) return error.message
  return `Too many wrong tokens were tried. Try again ${error.retryAfter === null ? 'later' : `in ${error.retryAfter} seconds`}.`
}
