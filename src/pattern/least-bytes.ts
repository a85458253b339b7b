import type { AST } from '@eslint-community/regexpp'

/** How many bytes a part of a regular expression takes at least. */
export function leastBytes(element: AST.Element): number {
  switch (element.type) {
    case 'Character':
    case 'CharacterClass':
    case 'CharacterSet':
      return 1
    case 'Quantifier':
      return element.min * leastBytes(element.element)
    case 'Group':
    case 'CapturingGroup':
      return Math.min(...element.alternatives.map(({ elements }) => elements.reduce((sum, one) => sum + leastBytes(one), 0)))
    default:
      return 0
  }
}
