/** Who a MAC was given to: IEEE's registries of 24, 28 and 36 bit prefixes. */

/** 12 hexadecimal digits → the company; null where nobody is registered, or the address is one that a machine made up. */
export type VendorLookup = (mac: string) => string | null

/** Lines of `company TAB prefix prefix …`; those that begin with # are comments. share/oui.txt.gz holds such a text. */
export function readVendors(text: string): VendorLookup {
  const companies = new Map<string, string>()
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t')
    if (tab < 0 || line.startsWith('#')) continue
    const company = line.slice(0, tab)
    for (const prefix of line.slice(tab + 1).split(' ')) companies.set(prefix, company)
  }
  return (mac) => {
    for (const digits of [9, 7, 6]) {
      const company = companies.get(mac.slice(0, digits))
      if (company !== undefined) return company
    }
    return null
  }
}

/** The text that `readVendors` reads, of prefix → company and its address, as the npm package oui-data has them. */
export function writeVendors(registry: Readonly<Record<string, string>>, comment: string): string {
  const prefixes = new Map<string, string[]>()
  for (const prefix of Object.keys(registry).sort()) {
    const company = registry[prefix]!.split('\n')[0]!.replaceAll('\t', ' ').trim()
    // Who keeps a 24 bit prefix to hand out longer ones of it is nobody's maker.
    if (company === '' || company === 'IEEE Registration Authority' || company === 'Private') continue
    prefixes.set(company, [...(prefixes.get(company) ?? []), prefix.toLowerCase()])
  }
  const lines = [...prefixes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([company, list]) => `${company}\t${list.join(' ')}`)
  return `# ${comment}\n${lines.join('\n')}\n`
}
