import { roff, verbatim } from './roff.ts'

/**
 * A page of the reference in the macros of man(7), without its title and comments: headings, paragraphs, lists, fenced blocks and tables,
 * which are all that the pages have. A row of a table becomes an entry under its first cell, the others follow with their column's name.
 */
export function markdownBody(markdown: string): string[] {
  const lines = markdown.split('\n')
  const out: string[] = []
  let columns: readonly string[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (line.startsWith('```')) {
      const end = lines.indexOf('```', i + 1)
      out.push(...verbatim(lines.slice(i + 1, end)))
      i = end
    } else if (line.startsWith('|')) {
      const row = cells(line)
      const begins = /^\|[-| :]+\|$/.test(lines[i + 1] ?? '')
      if (begins) {
        columns = row
        i++
      } else out.push(...tableEntry(row, columns))
    } else if (/^#{2,} /.test(line)) {
      const title = line.replace(/^#+ /, '')
      out.push(line.startsWith('## ') ? `.SH ${inline(title.toUpperCase())}` : `.SS ${inline(title)}`)
    } else if (line.startsWith('- ')) out.push('.IP \\(bu 2', inline(line.slice(2)))
    else if (line.trim() !== '' && !/^(?:# |<!--)/.test(line)) {
      if ((lines[i - 1] ?? '').trim() === '') out.push('.PP')
      out.push(inline(line.trim()))
    }
  }
  // A heading begins a paragraph itself.
  return out.filter((line, i) => line !== '.PP' || !/^\.S[HS] /.test(out[i - 1] ?? '.SH '))
}

const cells = (row: string): string[] =>
  row
    .slice(1, row.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

function tableEntry([name = '', ...rest]: readonly string[], [, ...titles]: readonly string[]): string[] {
  const facts = rest.flatMap((cell, i) => (cell === '' ? [] : [`\\fI${roff(titles[i] ?? '')}\\fR: ${inline(cell)}`]))
  return ['.TP', inline(name), ...facts.flatMap((fact, i) => (i === 0 ? [fact] : ['.br', fact]))]
}

/** Code and what is strong stand bold; of a link its text. */
function inline(text: string): string {
  const plain = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return plain
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part, i) => (i % 2 === 1 ? `\\fB${roff(part.replace(/^[`*]+|[`*]+$/g, ''))}\\fR` : roff(part)))
    .join('')
}
