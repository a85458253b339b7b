import type { TriedDecisionJson } from '../../api/why-wire.ts'
import { formatSpan } from '../../cli/span.ts'
import { Hostile } from '../ui/text.tsx'
import { AddressLink } from './links.tsx'
import { Port } from './port.tsx'

/** What a jail would do at a line. */
export function TriedDecision({ decision }: { readonly decision: TriedDecisionJson }) {
  const { type, ip, jail } = decision
  return (
    <p class={`decision ${type === 'ban' ? 'ban' : 'other'}`}>
      → <Hostile text={jail ?? 'sipguard'} /> {verbOf(decision)} <AddressLink ip={ip} />
      {type === 'ban' && <Extent decision={decision} />}
      {type === 'skip' && (
        <>
          : <Hostile text={WHY[decision.why ?? ''] ?? decision.why} />
        </>
      )}
      {type === 'alert' && (
        <>
          : <Hostile text={decision.detail ?? decision.alert} />
        </>
      )}
    </p>
  )
}

const WHY: Readonly<Record<string, string>> = {
  self: 'it is this machine',
  allowed: 'it is allowed',
  peer: 'it is a peer',
  phone: 'it is an address of phones',
  'already-banned': 'it is banned already',
  'too-old': 'the ban would be over by now',
  'alert-only': 'this jail only says',
}

function verbOf({ type }: TriedDecisionJson): string {
  if (type === 'ban') return 'would ban'
  return type === 'alert' ? 'would alert of' : 'would not ban'
}

function Extent({ decision: { scope, prefix, port, transport, at, until } }: { readonly decision: TriedDecisionJson }) {
  const lasts = until === null ? null : Date.parse(until ?? '') - Date.parse(at ?? '')
  return (
    <>
      {scope === 'prefix' && (
        <>
          {' '}
          with its network <Hostile text={prefix} />
        </>
      )}
      {scope === 'endpoint' && <Port port={port} transport={transport} />}{' '}
      {Number.isNaN(lasts) ? '' : lasts === null ? 'for ever' : `for ${formatSpan(lasts)}`}
    </>
  )
}
