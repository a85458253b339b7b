import { Empty } from '../ui/states.tsx'

/** A page about one thing, which nobody has named yet. */
export function NothingNamed({ what }: { readonly what: string }) {
  return (
    <Empty title={`No ${what} is named.`}>
      Type one into the field “Address or user” of the navigation, or follow a link of the other pages.
    </Empty>
  )
}
