/**
 * Writes docs/watch.svg: what `npm start` prints on a terminal, in its colours, with the repetitive parts left out.
 * Run it again when that has changed: node scripts/picture.ts. Needs script(1) (Debian: bsdutils).
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Lines of the beginning that are shown whole. */
const FIRST = 7
const COLUMN = 7.83
const LINE = 18.5
const MARGIN = 18
const BAR = 34

/** The colours of src/report.ts on a dark background, by SGR number. */
const COLOURS: Readonly<Record<string, string>> = { 0: '#d5dbe3', 2: '#8590a0', 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341' }

interface Run {
  readonly column: number
  readonly text: string
  readonly colour: string
}

const lines = excerpt(capture())
writeFileSync(join(root, 'docs/watch.svg'), svg(lines.map(runsOf)))
console.log(`docs/watch.svg: ${lines.length} lines`)

/** On a terminal, so that there are colours; this Node first on the path. */
function capture(): string[] {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, NO_COLOR: '', TERM: 'xterm-256color' }
  const printed = execFileSync('script', ['-qec', 'node scripts/start.ts', '/dev/null'], { cwd: root, env, encoding: 'utf8' })
  return printed.trimEnd().split(/\r*\n/)
}

/** The beginning, every ban with the line before it, the head and the end of the status, and the bans. */
function excerpt(printed: readonly string[]): string[] {
  const statusAt = printed.indexOf('sipguard status:')
  const bansAt = printed.findIndex((line) => line.startsWith('What would be in the firewall'))
  if (statusAt < 0 || bansAt < 0) throw new Error('the demonstration did not come to its end')
  const isBan = (i: number) => (printed[i] ?? '').includes('\x1b[31mBan')
  const tablesAt = printed.findIndex((line, i) => i > statusAt && line.includes('unmatched'))
  const isKept = (i: number) => {
    if (i < statusAt) return i < FIRST || isBan(i) || isBan(i + 1) || i === statusAt - 1
    return i < tablesAt || (i >= bansAt - 2 && i < printed.length - 2)
  }
  const kept: string[] = []
  let left = 0
  for (const [i, line] of printed.entries()) {
    if (!isKept(i)) left++
    else {
      if (left > 0) kept.push(`\x1b[2m  ⋮  ${left} lines\x1b[0m`)
      left = 0
      kept.push(line)
    }
  }
  return kept
}

function runsOf(line: string): Run[] {
  const runs: Run[] = []
  let colour = COLOURS[0] as string
  let column = 0
  for (const part of line.split(/(\x1b\[\d*m)/)) {
    const code = /^\x1b\[(\d*)m$/.exec(part)
    if (code) colour = COLOURS[code[1] || '0'] ?? colour
    else if (part !== '') {
      runs.push({ column, text: part, colour })
      column += [...part].length
    }
  }
  return runs
}

/** No script, no font or anything else from elsewhere; each run has its own place, so that no font can shift a column. */
function svg(rows: readonly (readonly Run[])[]): string {
  const columns = Math.max(...rows.flat().map(({ column, text }) => column + [...text].length))
  const width = Math.ceil(2 * MARGIN + columns * COLUMN)
  const height = Math.ceil(BAR + MARGIN + rows.length * LINE + MARGIN / 2)
  const texts = rows.flatMap((runs, i) =>
    runs.map(({ column, text, colour }) => {
      const length = ([...text].length * COLUMN).toFixed(1)
      const place = `x="${(MARGIN + column * COLUMN).toFixed(1)}" y="${(BAR + MARGIN + i * LINE + 8).toFixed(1)}"`
      return `    <text ${place} fill="${colour}" textLength="${length}">${xml(text)}</text>`
    }),
  )
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map((fill, i) => `  <circle cx="${MARGIN + 4 + 20 * i}" cy="17" r="5.5" fill="${fill}"/>`)
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '  <title>npm start: sipguard watches recorded attacks and says whom it would ban</title>',
    `  <rect width="${width}" height="${height}" rx="8" fill="#0f141b"/>`,
    `  <path d="M0 8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v${BAR - 8}h-${width}z" fill="#1b232d"/>`,
    ...dots,
    `  <text x="${width / 2}" y="21.5" fill="#8590a0" text-anchor="middle" font-family="sans-serif" font-size="13">npm start</text>`,
    `  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" xml:space="preserve">`,
    ...texts,
    '  </g>',
    '</svg>',
  ].join('\n')}\n`
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
