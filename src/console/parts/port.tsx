import { Hostile } from '../ui/text.tsx'

/** ` port 5060/udp`, behind an address; nothing where no port is known. */
export function Port({ port, transport }: { readonly port: number | null | undefined; readonly transport: string | null | undefined }) {
  if (port === null || port === undefined) return null
  return (
    <>
      {' port '}
      <Hostile text={`${port}/${transport ?? 'any'}`} />
    </>
  )
}
