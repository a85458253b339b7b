import { placeOf } from '../../servers/included.ts'
import { parametersOf } from '../../servers/script.ts'
import { scriptsOf } from '../installed.ts'
import type { Check, Finding, Probe } from '../probe.ts'

const LOADED = /\bloadmodule\s*\(?\s*"(?:[^"\n]*\/)?pike(?:\.so)?"/
const CALLED = /\bpike_check_(?:req|ip)\s*\(/

/** pike counts only what it is asked about: by pike_check_req(), or in OpenSIPS by a route that its check_route names. */
export const pikeUnused: Check = {
  id: 'pike-unused',
  title: 'flood detection that is loaded is used',
  run: (probe) => (['kamailio', 'opensips'] as const).flatMap((server) => unused(probe, server)),
}

function unused(probe: Probe, server: 'kamailio' | 'opensips'): Finding[] {
  const scripts = scriptsOf(probe, server)
  const isNamed = parametersOf(scripts).some(({ module, name }) => module === 'pike' && name === 'check_route')
  if (isNamed || scripts.some(({ text }) => CALLED.test(text))) return []
  return scripts.flatMap((script): Finding[] => {
    const loaded = LOADED.exec(script.text)
    if (!loaded) return []
    return [
      {
        severity: 'error',
        place: placeOf(script, loaded.index),
        text: 'pike is loaded and never asked: no flood is ever detected',
        remedy:
          server === 'opensips'
            ? 'call pike_check_req() first in the main route, or set its check_route (sipguard emit opensips)'
            : 'call pike_check_req() first in request_route (sipguard emit kamailio)',
      },
    ]
  })
}
