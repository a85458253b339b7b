import { forTerminal } from '../escape.ts'

export interface TestCase {
  readonly suite: string
  readonly name: string
  readonly faults: readonly string[]
}

/** JUnit XML as CI servers read it. Text of log lines is escaped; what XML 1.0 cannot hold is made visible. */
export function toJunit(cases: readonly TestCase[]): string {
  const suites = Map.groupBy(cases, ({ suite }) => suite)
  const failed = (list: readonly TestCase[]) => list.filter(({ faults }) => faults.length > 0).length
  const body = [...suites].map(([suite, list]) => {
    const rows = list.map(({ name, faults }) => {
      const open = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}"`
      if (faults.length === 0) return `${open}/>`
      return `${open}>\n      <failure message="${attribute(faults[0] ?? '')}">${attribute(faults.join('\n'))}</failure>\n    </testcase>`
    })
    return `  <testsuite name="${attribute(suite)}" tests="${list.length}" failures="${failed(list)}">\n${rows.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${cases.length}" failures="${failed(cases)}">\n${body.join('\n')}\n</testsuites>\n`
}

/** And the two characters that XML 1.0 has no way to hold (section 2.2), besides those that forTerminal escapes. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\ufffe': '\\ufffe',
  '\uffff': '\\uffff',
}

function attribute(text: string): string {
  return text
    .split('\n')
    .map(forTerminal)
    .join('\n')
    .replace(/[&<>"'\ufffe\uffff]/g, (char) => ENTITIES[char] as string)
}
