/** What an expression names: enough of PromQL for our own rules and panels. */
export interface Named {
  readonly metrics: readonly string[]
  /** Label, operator and value of each matcher, with its metric. */
  readonly matchers: readonly { readonly metric: string; readonly label: string; readonly value: string }[]
  /** What it groups or joins by. */
  readonly labels: readonly string[]
}

const GROUPING = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g
const SELECTOR = /\b([a-z_]+)\b(?:\{([^}]*)\})?(?!\s*\()/g
const MATCHER = /(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g
const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring'])

export function namedIn(expression: string): Named {
  const labels = [...expression.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()))
  const rest = expression.replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, '')
  const selectors = [...rest.matchAll(SELECTOR)].filter(([, name = '']) => !WORDS.has(name))
  const matchers = selectors.flatMap(([, metric = '', list = '']) =>
    [...list.matchAll(MATCHER)].map(([, label = '', value = '']) => ({ metric, label, value })),
  )
  return { metrics: selectors.map(([, name = '']) => name), matchers, labels }
}
