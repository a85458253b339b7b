/** The addr-spec of a Contact value (RFC 3261 section 20.10) or of a bare URI, without parameters; null for `*` and for what is none. */
export function contactUriOf(contact: string | null): string | null {
  const inner = contact?.replace(/^\s*"(?:[^"\\]|\\.)*"/, '').match(/<([^<>]*)>/)?.[1] ?? contact
  const uri = inner?.trim().split(/[;?\s]/, 1)[0] ?? ''
  return /^sips?:./i.test(uri) ? uri : null
}

/** `user:port`, what tells two phones behind one address apart; empty without a contact. Without a port: the scheme's own. */
export function contactKeyOf(uri: string | null): string {
  if (uri === null) return ''
  const [, scheme = '', rest = ''] = /^(sips?):(.*)$/is.exec(uri) ?? []
  const at = rest.lastIndexOf('@')
  const user = at < 0 ? '' : rest.slice(0, at)
  const port = /:(\d{1,5})$/.exec(rest.slice(at + 1))?.[1] ?? (scheme.toLowerCase() === 'sips' ? '5061' : '5060')
  return `${user.split(':', 1)[0]!.slice(0, 200)}:${Number(port)}`
}
