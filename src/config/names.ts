/** `, did you mean 'findtime'?` when `word` is a slip of one of the candidates, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const best = closestName(word, candidates)
  return best === null ? '' : `, did you mean '${best}'?`
}

/** Of the candidates the one of which `word` is a slip: one edit in a short word, three in a long one. */
export function closestName(word: string, candidates: Iterable<string>): string | null {
  const slips = word.length < 5 ? 1 : word.length < 9 ? 2 : 3
  let best: string | null = null
  let least = slips + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein's distance; two neighbours changing places count as one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
    }
    before = above
    above = row
  }
  return above[b.length]!
}
