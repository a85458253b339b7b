import { say } from './toast.tsx'

/** Puts a text on the clipboard. */
export function CopyButton({ text, label = `Copy ${text}` }: { text: string; label?: string }) {
  return (
    <button type="button" class="plain copy" aria-label={label} title={label} onClick={() => void copy(text)}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path
          d="M5 1h8a1 1 0 0 1 1 1v9M2 4h8a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z"
          fill="none"
          stroke="currentColor"
        />
      </svg>
    </button>
  )
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    say('Copied.')
  } catch {
    // Browsers refuse on a page that came without TLS from another machine.
    say('The browser does not let this page use the clipboard. Mark the text and copy it by hand.')
  }
}
