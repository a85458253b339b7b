import { useState } from 'preact/hooks'
import { canonicalAddress } from '../../address.ts'
import type { StatusReport } from '../../api/control.ts'
import { logout } from '../api.ts'
import { type LiveState, liveState } from '../live.ts'
import { useLoad } from '../load.ts'
import { hrefOf, type PageName } from '../route.ts'
import { session } from '../session.ts'
import { useStore } from '../store.ts'
import { Hostile } from '../ui/text.tsx'
import { sayError } from '../ui/toast.tsx'

const LINKS: readonly (readonly [PageName, string])[] = [
  ['now', 'Now'],
  ['bans', 'Bans'],
  ['allow', 'Allow list'],
  ['registrations', 'Registrations'],
  ['phones', 'Phones'],
  ['try', 'Try a line'],
  ['audit', 'Audit'],
]

const LIVE: Readonly<Record<LiveState, string>> = { connecting: 'Connecting …', open: 'Live', lost: 'Not connected' }

/** The navigation: pages, the way to one address or user, and whether the daemon is well. */
export function Rail({ page }: { readonly page: PageName }) {
  return (
    <header class="rail">
      <a class="brand" href={hrefOf('now')}>
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <path d="M16 2 28 6v9c0 8-5 12.5-12 15C9 27.5 4 23 4 15V6z" fill="currentColor" />
        </svg>
        sipguard
      </a>
      <Finder />
      <nav aria-label="Pages">
        {LINKS.map(([name, title]) => (
          <a key={name} href={hrefOf(name)} {...(name === page && { 'aria-current': 'page' as const })}>
            {title}
          </a>
        ))}
      </nav>
      <Health />
    </header>
  )
}

/** Goes to what is typed: an address, or else a user. */
function Finder() {
  const [text, setText] = useState('')
  return (
    <search class="finder">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const wanted = text.trim()
          if (wanted === '') return
          const ip = canonicalAddress(wanted)
          location.hash = ip === null ? hrefOf('user', wanted) : hrefOf('address', ip)
          setText('')
        }}
      >
        <input
          type="search"
          aria-label="Go to an address or user"
          placeholder="Address or user"
          autoComplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </form>
    </search>
  )
}

function Health() {
  const who = useStore(session)
  const live = useStore(liveState)
  const { data } = useLoad<StatusReport>('api/status', { everyMs: 10_000 })
  const troubles = data?.degraded.length ?? 0
  return (
    <div class="health">
      <div class={`live ${live}`} role="status">
        {LIVE[live]}
      </div>
      {data && (
        <a class={troubles > 0 ? 'trouble' : 'quiet'} href={hrefOf('now')}>
          {troubles > 0 ? `${troubles} degraded` : 'All well'}
        </a>
      )}
      {typeof who === 'object' && (
        <div class="who">
          <span title={who.role === 'reader' ? 'This token may look, and change nothing.' : 'This token may change everything.'}>
            <Hostile text={who.name} /> <span class="quiet">({who.role === 'reader' ? 'read only' : who.role})</span>
          </span>
          {who.csrf !== null && (
            <button type="button" class="plain" onClick={() => void logout().catch(sayError)}>
              Log out
            </button>
          )}
        </div>
      )}
      {data && (
        <div class="quiet version">
          <Hostile text={`${data.version} · node ${data.node.slice(0, 12)}`} />
        </div>
      )}
    </div>
  )
}
