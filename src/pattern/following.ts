import type { AST } from '@eslint-community/regexpp'
import { ANY, type ByteSet, bytesOf, NONE, union } from './byte-set.ts'
import { leastBytes } from './least-bytes.ts'

/** So much of what follows a run is looked for: enough that it seldom stands in a caller's text by chance. */
const MOST_FOLLOWING = 12

/** What follows a part of a regular expression, the nearest first; null: the end of the text. */
export type Rest = { readonly node: AST.Element; readonly rest: Rest } | typeof ANYTHING | null
/** Behind a part that may be repeated: itself, or what follows it. */
export const ANYTHING = 'anything'

/** The bytes that alternatives match where each is one byte; else null. */
export function setOf(alternatives: readonly Pick<AST.Alternative, 'elements' | 'raw'>[]): ByteSet | null {
  const single = alternatives.every(({ elements }) => elements.length === 1 && isSet(elements[0]!))
  return single ? bytesOf(`(?:${alternatives.map(({ raw }) => raw).join('|')})`) : null
}

export function isSet(node: AST.Element): boolean {
  if (node.type === 'Group') return node.modifiers === null && setOf(node.alternatives) !== null
  return node.type === 'Character' || node.type === 'CharacterClass' || node.type === 'CharacterSet'
}

/** What the bytes that follow are in, one by one, as far as it is known. */
export function followingSets(rest: Rest): ByteSet[] {
  const sets: ByteSet[] = []
  for (let at = rest; at !== null && at !== ANYTHING && sets.length < MOST_FOLLOWING; at = at.rest) {
    const fixed = setsOf(at.node)
    if (fixed === null) break
    sets.push(...fixed)
  }
  return sets
}

/** The same of a part that always takes as many bytes; null for others. */
function setsOf(node: AST.Element): ByteSet[] | null {
  if (isSet(node)) return [bytesOf(node.raw)]
  if (node.type !== 'Group' && node.type !== 'CapturingGroup') return null
  const ways = node.alternatives.map(({ elements }) => elements.map(setsOf))
  if (ways.some((way) => way.includes(null))) return null
  const [first, ...others] = ways.map((way) => way.flat() as ByteSet[])
  if (others.some(({ length }) => length !== first!.length)) return null
  return others.reduce((sum, way) => sum.map((set, index) => union(set, way[index]!)), first!)
}

/** What the first byte of what follows is in; nothing at the end of the text. */
export function firstOf(rest: Rest): ByteSet {
  if (rest === null) return NONE
  if (rest === ANYTHING) return ANY
  const { set, mayBeEmpty } = firstOfPart(rest.node)
  return mayBeEmpty ? union(set, firstOf(rest.rest)) : set
}

function firstOfPart(node: AST.Element): { readonly set: ByteSet; readonly mayBeEmpty: boolean } {
  if (isSet(node)) return { set: bytesOf(node.raw), mayBeEmpty: false }
  if (node.type === 'Quantifier') {
    const { set, mayBeEmpty } = firstOfPart(node.element)
    return { set, mayBeEmpty: mayBeEmpty || node.min === 0 }
  }
  if (node.type !== 'Group' && node.type !== 'CapturingGroup') return { set: ANY, mayBeEmpty: true }
  const mayBeEmpty = leastBytes(node) === 0
  return { set: node.alternatives.map(({ elements }) => firstOf(followedBy(elements, null))).reduce(union), mayBeEmpty }
}

export const followedBy = (elements: readonly AST.Element[], rest: Rest): Rest =>
  elements.reduceRight<Rest>((after, node) => ({ node, rest: after }), rest)
