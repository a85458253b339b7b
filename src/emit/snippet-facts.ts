import { withoutComments } from '../servers/script.ts'

/**
 * What a configuration does for us, one short text each, by server: what a part of a snippet needs, and what a file has.
 * Comments count for nothing.
 */
export const FACTS = { opensips: scriptFacts, kamailio: scriptFacts, asterisk: loggerFacts, freeswitch: xmlFacts } as const

const MODULE = /\bloadmodule\s+"(?:[^"]*\/)?([^"/]+)"/g
const LOG_PREFIX = /\blog_prefix\s*=\s*("[^"]*")/g
const XLOG = /\bxlog\s*\((?:[^()"]|"[A-Z_-]*\d?")*"([^"]*)/g
const ROUTE = /\b(?:failure_)?route\s*\[\s*"?(\w+)/g
const CALL = /\b(?:route\s*\(\s*"?|t_on_failure\s*\(\s*")(\w+)/g

/**
 * OpenSIPS and Kamailio: modules, log_prefix (any with $ci spoils it), calls of routes, and what xlog() prints, up to the address: levels, conditions and what
 * follows are the operator's.
 */
function scriptFacts(text: string): Set<string> {
  const script = withoutComments(text)
  const all = (pattern: RegExp) => [...script.matchAll(pattern)].map((found) => found[1] as string)
  const prefixes = all(LOG_PREFIX)
  return new Set([
    ...all(MODULE).map((name) => `module ${name}`),
    ...(prefixes.length > 0 && !prefixes.some((value) => value.includes('$ci')) ? ['a log_prefix without the Call-ID'] : []),
    ...routeFacts(script),
    ...all(XLOG).map((message) => `xlog ${message.replace(/(?<=\$sp).*/s, '')}`),
  ])
}

/** Routes that a script (without its comments) has, and those that it calls. */
export function routeFacts(script: string): string[] {
  const all = (pattern: RegExp) => [...script.matchAll(pattern)].map((found) => found[1] as string)
  return [...all(ROUTE).map((name) => `route ${name}`), ...all(CALL).map((name) => `call of route ${name}`)]
}

/** What `*` means in logger.conf, as far as it matters here. */
const ALL_LEVELS = 'notice,warning,error,security'

/** Asterisk's logger.conf: the levels that reach a file or syslog, and whether its dates have a year. */
function loggerFacts(text: string): Set<string> {
  const facts = new Set<string>()
  for (const line of text.split('\n').map((line) => line.replace(/;.*/, '').trim())) {
    const [, key = '', value = ''] = /^([^=\s]+)\s*=>?\s*(.*)$/.exec(line) ?? []
    if (key === 'dateformat' && /%[FY]/.test(value)) facts.add('dateformat with a year')
    else if (key !== 'console' && line.includes('=>')) {
      for (const level of value
        .replace(/^\[\w+\]/, '')
        .replace('*', ALL_LEVELS)
        .split(','))
        facts.add(`level ${level.trim().toLowerCase()}`)
    }
  }
  return facts
}

/** FreeSWITCH: each <param> and <hook> with its attributes, each level of a <map>. */
export function xmlFacts(text: string): Set<string> {
  const facts = new Set<string>()
  for (const [, name, inside = ''] of text.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<(param|hook|map)\b([^>]*)>/g)) {
    const attributes = [...inside.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, key, a, b]) => [key, a ?? b ?? ''] as const)
    if (name !== 'map')
      facts.add(
        `${name} ${attributes
          .map(([key, value]) => `${key}=${value}`)
          .sort()
          .join(' ')}`,
      )
    for (const level of name === 'map' ? (new Map(attributes).get('value') ?? '').split(',') : []) facts.add(`level ${level.trim()}`)
  }
  return facts
}
