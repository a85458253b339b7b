import type { Classifier } from '../../src/classify/index.ts'

/** What the slowest of some lines costs, ns a byte: each the best of several runs. */
export function costOf(
  classifier: Classifier,
  lines: readonly string[],
  runs: number,
): { readonly nsPerByte: number; readonly line: string } {
  let worst = { nsPerByte: 0, line: '' }
  for (const line of lines) {
    const bytes = Buffer.from(line, 'latin1')
    let best = Number.POSITIVE_INFINITY
    for (let run = 0; run < runs; run++) {
      const began = process.hrtime.bigint()
      classifier.classify(bytes, 0, bytes.length, null, 0, 0)
      best = Math.min(best, Number(process.hrtime.bigint() - began))
    }
    if (best / bytes.length > worst.nsPerByte) worst = { nsPerByte: best / bytes.length, line }
  }
  return worst
}
