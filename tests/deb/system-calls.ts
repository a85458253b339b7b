import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { asTheUnitDoes } from './unit.ts'

/**
 * Words to be put before a program, which run it as the unit does and under its seccomp filter; as nobody, for its own user may not be here.
 * @param dir takes a file that nobody may read
 */
export function confinedAsTheUnit(service: ReadonlyMap<string, readonly string[]>, dir: string): string[] {
  const script = join(dir, 'confine.py')
  copyFileSync(join(import.meta.dirname, 'confine.py'), script)
  const families = service.get('RestrictAddressFamilies')!.join(' ').split(' ')
  const calls = allowedCalls(service.get('SystemCallFilter')!)
  const user = new Map([...service, ['User', ['nobody']], ['Group', ['nogroup']]])
  return asTheUnitDoes(user, ['/usr/bin/python3', script, calls.join(','), families.join(',')].join(' '))
}

/** As systemd.exec(5) reads SystemCallFilter=: the first line says what is allowed, one that begins with ~ takes away. */
function allowedCalls(lines: readonly string[]): string[] {
  const allowed = new Set<string>(callsOf('@default'))
  for (const line of lines) {
    const calls = line.replace(/^~/, '').split(' ').flatMap(callsOf)
    for (const call of calls) line.startsWith('~') ? allowed.delete(call) : allowed.add(call)
  }
  return [...allowed]
}

/** A group of systemd's as the system calls in it, also of those that it names. */
function callsOf(name: string): string[] {
  if (!name.startsWith('@')) return [name]
  const lines = execFileSync('systemd-analyze', ['--no-pager', 'syscall-filter', name], { encoding: 'utf8' }).split('\n').slice(1)
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(callsOf)
}
