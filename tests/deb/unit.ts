import { readFileSync } from 'node:fs'

/** What a systemd unit says in [Service]; of a key that stands more than once, all values. */
export function serviceOf(path: string): Map<string, string[]> {
  const service = new Map<string, string[]>()
  let section = ''
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('[')) section = line
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (section === '[Service]' && key !== undefined) service.set(key, [...(service.get(key) ?? []), value as string])
  }
  return service
}

/**
 * Words that start one command of the unit as systemd would: as its user with his groups, with its capabilities only, without new privileges.
 * What only systemd itself can do (the file system's protection, the limits) is not in it.
 */
export function asTheUnitDoes(service: ReadonlyMap<string, readonly string[]>, command: string): string[] {
  const one = (key: string) => service.get(key)![0] as string
  const capability = one('CapabilityBoundingSet').replace('CAP_', '+').toLowerCase()
  return [
    ...['setpriv', `--reuid=${one('User')}`, `--regid=${one('Group')}`, '--init-groups'],
    ...[`--bounding-set=-all,${capability}`, `--inh-caps=-all,${capability}`, `--ambient-caps=-all,${capability}`, '--no-new-privs'],
    ...command.split(' '),
  ]
}
