import { join } from 'node:path'
import { readFile, shareRoot } from '../packaged.ts'
import { HEP_FACTS } from './hep-facts.ts'
import { FACTS } from './snippet-facts.ts'

/** The files of share/snippets: what makes each server log what its filter reads; and of share/snippets/hep: what makes it mirror its SIP. */
export const SNIPPETS = {
  opensips: 'opensips.cfg',
  kamailio: 'kamailio.cfg',
  asterisk: 'asterisk.conf',
  freeswitch: 'freeswitch.xml',
} as const
export type SnippetName = keyof typeof SNIPPETS
export type SnippetKind = 'log' | 'hep'

const SNIPPETS_DIR = join(shareRoot, 'snippets')

export function readSnippet(name: SnippetName, kind: SnippetKind = 'log'): string {
  return readFile(join(SNIPPETS_DIR, kind === 'hep' ? 'hep' : '', SNIPPETS[name])).toString('utf8')
}

/** Paths of the files that belong to the snippet of what is logged and are installed as they are. */
export function filesBeside(name: SnippetName): string[] {
  return name === 'freeswitch' ? [join(SNIPPETS_DIR, 'freeswitch-register.lua')] : []
}

/** A part of a snippet: from its marker, a comment `== TITLE ==`, to the next. What stands before the first is no part. */
export interface Part {
  readonly title: string
  /** With its comment, which says where it goes. */
  readonly text: string
}

const MARKER = /^[ \t]*(?:#|;|<!--) == (.+) ==/gm

export function partsOf(snippet: string): Part[] {
  const markers = [...snippet.matchAll(MARKER)]
  return markers.map((found, i) => ({
    title: found[1] as string,
    text: `${snippet.slice(found.index, markers[i + 1]?.index).trimEnd()}\n`,
  }))
}

/**
 * The parts that a configuration lacks, but for those whose title says that they are optional. It has a part when it does all that the
 * part does (snippet-facts.ts, hep-facts.ts), wherever that stands; routes of ours that it defines it must also call.
 */
export function missingParts(name: SnippetName, configuration: string, kind: SnippetKind = 'log'): Part[] {
  const factsOf = (kind === 'hep' ? HEP_FACTS : FACTS)[name]
  const present = factsOf(configuration)
  return partsOf(readSnippet(name, kind)).filter(({ title, text }) => {
    if (title.endsWith('(optional)')) return false
    const facts = [...factsOf(text)]
    const routes = facts.filter((fact) => fact.startsWith('route ') && present.has(fact))
    const needed = [...facts.filter((fact) => !fact.startsWith('route ')), ...routes.map((fact) => `call of ${fact}`)]
    return !needed.every((fact) => present.has(fact))
  })
}
