import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../config/index.ts'
import { FACTS } from './snippet-facts.ts'

/** The files of share/snippets: what makes each server log what its filter reads. */
export const SNIPPETS = {
  opensips: 'opensips.cfg',
  kamailio: 'kamailio.cfg',
  asterisk: 'asterisk.conf',
  freeswitch: 'freeswitch.xml',
} as const
export type SnippetName = keyof typeof SNIPPETS

const SNIPPETS_DIR = join(packageRoot, 'share', 'snippets')

export function readSnippet(name: SnippetName): string {
  return readFileSync(join(SNIPPETS_DIR, SNIPPETS[name]), 'utf8')
}

/** Paths of the files that belong to a snippet and are installed as they are. */
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
 * part does (snippet-facts.ts), wherever that stands; routes of ours that it defines it must also call.
 */
export function missingParts(name: SnippetName, configuration: string): Part[] {
  const factsOf = FACTS[name]
  const present = factsOf(configuration)
  return partsOf(readSnippet(name)).filter(({ title, text }) => {
    if (title.endsWith('(optional)')) return false
    const facts = [...factsOf(text)]
    const routes = facts.filter((fact) => fact.startsWith('route ') && present.has(fact))
    const needed = [...facts.filter((fact) => !fact.startsWith('route ')), ...routes.map((fact) => `call of ${fact}`)]
    return !needed.every((fact) => present.has(fact))
  })
}
