/** Text as roff takes it: no escape sequence, no request, and hyphens that can be copied. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
    .replace(/[^\0-\x7e]/gu, (sign) => `\\[u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
}

/** Lines that stand as they are. */
export const verbatim = (lines: readonly string[]): string[] => ['.PP', '.RS 4', '.nf', ...lines.map(roff), '.fi', '.RE']

/** The first line of a page, man(7). @param date `2026-01-15` */
export const heading = (name: string, section: number, title: string, { version, date }: Edition): string =>
  `.TH ${name} ${section} ${date} "sipguard ${roff(version)}" "${title}"`

export interface Edition {
  readonly version: string
  readonly date: string
}
