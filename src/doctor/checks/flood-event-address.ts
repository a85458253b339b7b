import { placeOf } from '../../servers/included.ts'
import { blockAfter } from '../../servers/script.ts'
import { scriptsOf } from '../installed.ts'
import type { Check } from '../probe.ts'

const ROUTE = /\bevent_route\s*\[\s*"?E_PIKE_BLOCKED"?\s*\]/g
const SOURCE = /\$(?:si\b|src_ip\b|\(si\b)/g

/** OpenSIPS runs event routes on an empty message (action.c, evi/event_route.c): its source is 0.0.0.0. */
export const floodEventAddress: Check = {
  id: 'flood-event-address',
  title: 'the flood event prints the address of the event',
  run: (probe) =>
    scriptsOf(probe, 'opensips').flatMap((script) =>
      [...script.text.matchAll(ROUTE)].flatMap(({ index }) => {
        const { start, end } = blockAfter(script.text, index)
        return [...script.text.slice(start, end).matchAll(SOURCE)].map((found) => ({
          severity: 'error' as const,
          place: placeOf(script, start + found.index),
          text: `${found[0].replace('(', '')} is 0.0.0.0 in this event route: its line names nobody`,
          remedy: 'print $param(ip) in its place',
        }))
      }),
    ),
}
