import { hrefOf } from '../route.ts'
import { CopyButton } from '../ui/copy.tsx'
import { Hostile } from '../ui/text.tsx'

/** An address as the way to all that is known of it. */
export function AddressLink({ ip }: { readonly ip: string | null }) {
  if (ip === null) return <span class="quiet">–</span>
  return (
    <a class="mono" href={hrefOf('address', ip)}>
      <Hostile text={ip} />
    </a>
  )
}

/** `user@domain`, or the user alone where no domain is named; the same. */
export function UserLink({ user, domain = null }: { readonly user: string | null; readonly domain?: string | null }) {
  if (user === null || user === '') return <span class="quiet">–</span>
  const name = domain ? `${user}@${domain}` : user
  return (
    <a href={hrefOf('user', name)}>
      <Hostile text={name} />
    </a>
  )
}

/** The heading of a page about one thing, which can be copied. */
export function Subject({ name }: { readonly name: string }) {
  return (
    <h1 class="subject">
      <Hostile text={name} /> <CopyButton text={name} />
    </h1>
  )
}
