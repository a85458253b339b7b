import { Visible } from '../parts/line-text.tsx'

/** Text that an attacker may have written: as text, apart from its surroundings, with what is invisible spelled out. */
export function Hostile({ text }: { readonly text: string | null | undefined }) {
  if (text === null || text === undefined || text === '') return <span class="quiet">–</span>
  return (
    <bdi class="hostile">
      <Visible text={text} />
    </bdi>
  )
}
