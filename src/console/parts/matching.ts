/** Whether each word that is asked for stands somewhere in what a row says, in any case. Nothing asked for: yes. */
export function matches(wanted: string, said: readonly (string | number | null)[]): boolean {
  const text = said.join('\n').toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
