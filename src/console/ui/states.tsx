import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api.ts'
import { Hostile } from './text.tsx'

/** Nothing to show, and what that means or what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children && <div class="quiet">{children}</div>}
    </div>
  )
}

/** What the server said, and a button to ask again. */
export function Failed({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="state failed" role="alert">
      <p class="state-title">
        <Hostile text={error.message} />
      </p>
      <p class="quiet">
        <code>{error.code}</code>
      </p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

export function Loading() {
  return (
    <div class="state quiet" role="status">
      Loading …
    </div>
  )
}
