import { withoutComments } from '../servers/script.ts'
import { routeFacts, xmlFacts } from './snippet-facts.ts'

/** What a configuration does to mirror SIP, one short text each, by server; as FACTS. */
export const HEP_FACTS = { opensips: scriptFacts, kamailio: scriptFacts, asterisk: hepConfFacts, freeswitch: sofiaFacts } as const

const MODULE = /\bloadmodule\s+"(?:[^"]*\/)?(siptrace|tracer|proto_hep)\.so"/g
const MODPARAM = /\bmodparam\s*\(\s*"(siptrace|tracer|proto_hep)"\s*,\s*"(\w+)"\s*,\s*(\d+|"[^"]*")/g
const SOCKET = /\b(?:socket|listen)\s*=\s*hep_(?:udp|tcp):/
const TRACE = /\btrace\s*\(/

/** OpenSIPS and Kamailio: modules and their parameters, calls of trace() and of our route. What is text (addresses, names) is the operator's. */
function scriptFacts(text: string): Set<string> {
  const script = withoutComments(text)
  const parameters = [...script.matchAll(MODPARAM)]
  return new Set([
    ...[...script.matchAll(MODULE)].map(([, name]) => `module ${name}`),
    ...parameters.map(([, name, key, value]) => `${name} ${key}${value?.startsWith('"') ? '' : `=${value}`}`),
    ...(SOCKET.test(script) ? ['a HEP socket'] : []),
    ...(TRACE.test(script) ? ['a call of trace()'] : []),
    ...routeFacts(script),
  ])
}

/** Asterisk's hep.conf: whether it is on, and has an address. */
function hepConfFacts(text: string): Set<string> {
  const lines = text.split('\n').map((line) => line.replace(/;.*/, ''))
  const facts = new Set<string>()
  for (const line of lines) {
    const [, key, value = ''] = /^\s*(\w+)\s*=>?\s*(\S+)/.exec(line) ?? []
    if (key === 'enabled' && /^(?:yes|true|y|t|1|on)$/i.test(value)) facts.add('enabled')
    if (key === 'capture_address') facts.add('an address')
  }
  return facts
}

/** FreeSWITCH: a server that HEPv3 goes to, and a profile that is captured. */
function sofiaFacts(text: string): Set<string> {
  const facts = [...xmlFacts(text)]
  return new Set([
    ...facts.filter((fact) => /^param name=capture-server value=.*;\s*hep=3\b/.test(fact)).map(() => 'a server'),
    ...facts.filter((fact) => /^param name=sip-capture value=(?:yes|true)$/.test(fact)).map(() => 'a profile'),
  ])
}
