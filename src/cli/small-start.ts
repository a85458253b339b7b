import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Of V8 while a daemon starts, and V8's own defaults. */
const SMALL = ['--semi-space-growth-factor=1', '--no-maglev']
const USUAL = ['--semi-space-growth-factor=2', '--maglev']

/**
 * Keeps V8 from taking memory for the sake of a quick start that an idle daemon would then hold for good: its young generation does not grow
 * (some 20 MB), and its middle compiler, whose threads each keep what they once needed (some 10 MB), waits. Returns what puts both back,
 * for the work, and gives back what only the start needed, in some 20 ms. None of it changes what the program does: a V8 may ignore it.
 */
export function startSmall(): () => void {
  for (const flag of SMALL) setFlagsFromString(flag)
  return () => {
    for (const flag of USUAL) setFlagsFromString(flag)
    collectGarbage()
  }
}

/** V8 shows its `gc` to contexts that are made after the flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void
  setFlagsFromString('--no-expose-gc')
  gc({ type: 'major', flavor: 'last-resort' })
}
