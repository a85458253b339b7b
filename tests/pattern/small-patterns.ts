import fc from 'fast-check'

/** Small regular expressions over the given atoms. */
export function smallPattern(atoms: readonly string[]): fc.Arbitrary<string> {
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom(...atoms),
      fc.tuple(fc.constantFrom(...atoms), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}')).map(([atom, times]) => atom + times),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
      fc.tuple(tie('pattern'), fc.constantFrom('*', '?', '+')).map(([a, times]) => `(?:${a})${times}`),
    ),
  }))
  return pattern
}

/** Every text of at most so many of the given characters, shortest first. */
export function allTexts(characters: string, longest: number): string[] {
  const texts = ['']
  for (let at = 0; (texts[at]?.length ?? longest) < longest; at++) for (const char of characters) texts.push(texts[at] + char)
  return texts
}

export const whole = (source: string) => new RegExp(`^(?:${source})$`, 's')

/** Every [start, end) at which a text falls into before + address + after. */
export function spansOf(text: string, before: RegExp, address: (text: string) => boolean, after: RegExp): string[] {
  const spans: string[] = []
  for (let start = 0; start <= text.length; start++) {
    if (!before.test(text.slice(0, start))) continue
    for (let end = start; end <= text.length; end++) {
      if (address(text.slice(start, end)) && after.test(text.slice(end))) spans.push(`${start}-${end}`)
    }
  }
  return spans
}
