import { type Figure, isRate, isTime, type Unit } from './figure.ts'
import type { Run } from './run-file.ts'

/** What is slower than in the run before by this factor, after what the machine is slower by, is shown: less is noise. */
const NOTABLE = 1.3
/** Tells how fast the machine is. */
export const YARDSTICK = { group: 'Reading a log: asterisk, attack', name: 'rg -c' } as const

const DIGITS: Partial<Record<Unit, number>> = { µs: 2, ms: 1, s: 2, MB: 0 }

function shown(value: number, unit: Unit): string {
  const digits = DIGITS[unit] ?? 0
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${number} ${unit}`
}

/** All of it, as people read it: one row a figure, under the groups' names. */
export function formatTable({ machine, figures }: Pick<Run, 'machine' | 'figures'>): string {
  const width = Math.max(...figures.map(({ name }) => name.length))
  const lines = [machine]
  let group = ''
  for (const figure of figures) {
    if (figure.group !== group) lines.push('', figure.group)
    group = figure.group
    const { value, unit, ratio } = figure
    const text = value === null ? 'not here' : shown(value, unit)
    const times = ratio === undefined ? '' : `${ratio.times.toFixed(2).padStart(9)} × ${ratio.of}`
    lines.push(`  ${figure.name.padEnd(width)} ${text.padStart(19)}${times}`.trimEnd())
  }
  return lines.join('\n')
}

/** What got slower or larger since the run before, by how much, as far as both have it; the machines' speeds are taken out of it. */
export function formatComparison(now: Run, before: Run): string {
  const find = (run: Run, { group, name }: Pick<Figure, 'group' | 'name'>) =>
    run.figures.find((figure) => figure.group === group && figure.name === name)?.value ?? null
  const [rateNow, rateBefore] = [find(now, YARDSTICK), find(before, YARDSTICK)]
  const speed = rateNow === null || rateBefore === null ? 1 : rateNow / rateBefore
  let compared = 0
  const slower: string[] = []
  for (const figure of now.figures) {
    const { group, name, value, unit } = figure
    const old = find(before, figure)
    if (value === null || old === null) continue
    compared++
    const [less, more] = isRate(unit) ? [value, old * speed] : isTime(unit) ? [old, value * speed] : [old, value]
    const factor = more === 0 ? 0 : more / less
    if (factor >= NOTABLE)
      slower.push(
        `  ${group}: ${name}: ${shown(value, unit)}, was ${shown(old, unit)}${less === 0 ? '' : `: ${factor.toFixed(1)} × worse`}`,
      )
  }
  return [
    `Compared with ${before.version} of ${before.date} (${before.machine}):`,
    rateNow === null || rateBefore === null
      ? '  without rg in both runs the machines are taken to be equally fast'
      : `  by rg this machine is ${speed.toFixed(2)} × as fast, which is taken out of what follows`,
    ...(slower.length > 0 ? slower : [`  none of ${compared} figures is worse by ${NOTABLE} × or more`]),
  ].join('\n')
}
