import type { ComponentChild } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { openFeed } from './live.ts'
import { AddressPage } from './pages/address.tsx'
import { AllowPage } from './pages/allow.tsx'
import { AuditPage } from './pages/audit.tsx'
import { BansPage } from './pages/bans.tsx'
import { LoginPage } from './pages/login.tsx'
import { NowPage } from './pages/now.tsx'
import { PhonesPage } from './pages/phones.tsx'
import { RegistrationsPage } from './pages/registrations.tsx'
import { TryPage } from './pages/try.tsx'
import { UserPage } from './pages/user.tsx'
import { Rail } from './parts/rail.tsx'
import { type PageName, parseRoute, type Route } from './route.ts'
import { session } from './session.ts'
import { useStore } from './store.ts'
import { Loading } from './ui/states.tsx'
import { Toasts } from './ui/toast.tsx'

const PAGES: Readonly<Record<PageName, { readonly title: string; readonly show: (argument: string) => ComponentChild }>> = {
  now: { title: 'Now', show: () => <NowPage /> },
  bans: { title: 'Bans', show: () => <BansPage /> },
  address: { title: 'Address', show: (ip) => <AddressPage key={ip} ip={ip} /> },
  user: { title: 'User', show: (user) => <UserPage key={user} user={user} /> },
  phones: { title: 'Phones', show: () => <PhonesPage /> },
  registrations: { title: 'Registrations', show: () => <RegistrationsPage /> },
  allow: { title: 'Allow list', show: () => <AllowPage /> },
  try: { title: 'Try a line', show: () => <TryPage /> },
  audit: { title: 'Audit', show: () => <AuditPage /> },
}

export function App() {
  const who = useStore(session)
  return (
    <>
      {who === 'unknown' ? <Loading /> : who === 'none' ? <LoginPage /> : <Frame />}
      <Toasts />
    </>
  )
}

/** What whoever is logged in sees: the navigation, and one page. */
function Frame() {
  const { page, argument } = useRoute()
  useEffect(openFeed, [])
  useEffect(() => {
    document.title = `${PAGES[page].title}${argument && ` ${argument}`} · sipguard`
  }, [page, argument])
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={toContent}>
        Skip to the content
      </button>
      <Rail page={page} />
      <main tabIndex={-1}>{PAGES[page].show(argument)}</main>
    </div>
  )
}

const toContent = () => document.querySelector('main')?.focus()

/** What the address bar names; a change of it is a new page, and the focus goes there. */
function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const follow = () => {
      setRoute(parseRoute(location.hash))
      window.scrollTo(0, 0)
      toContent()
    }
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return route
}
