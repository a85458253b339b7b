/** Tables that a script writes into a page of the documentation. */

export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The page with its tables as they should be; each stands between `<!-- MARK: NAME -->` and `<!-- end -->`. */
export function replaceTables(page: string, mark: string, tableOf: (name: string) => string): string {
  const places = new RegExp(`(<!-- ${mark}: (.+) -->\\n)[\\s\\S]*?(<!-- end -->)`, 'g')
  return page.replace(places, (_, open: string, name: string, close: string) => `${open}${tableOf(name)}\n${close}`)
}
