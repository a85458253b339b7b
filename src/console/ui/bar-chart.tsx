import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { Visible } from '../parts/line-text.tsx'
import { figure } from '../words.ts'

export interface BarSeries {
  /** Its colour is `--kind-NAME` of colours.css. */
  readonly name: string
  readonly label: string
  readonly values: readonly number[]
}

interface BarChartProps {
  /** What the bars count, read aloud. */
  readonly label: string
  /** Beginnings of the steps, epoch seconds, oldest first; one value of each series for each. */
  readonly times: readonly number[]
  /** Stacked, the first at the bottom. */
  readonly series: readonly BarSeries[]
  /** CSS pixels. */
  readonly height: number
}

const DAYS = 2 * 86_400

/** Stacked bars over time. The legend has the sums, or the figures of the step under the pointer; it says all that the picture does. */
export function BarChart({ label, times, series, height }: BarChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [step, setStep] = useState<number | null>(null)
  const scheme = useScheme()
  const names = series.map(({ name }) => name).join('\n')

  // Colours and kinds make a new chart; new figures go into the one there is.
  useEffect(() => {
    const element = holder.current as HTMLDivElement
    const chart = new uPlot(options(names.split('\n'), element, height, setStep), stacked(times, series), element)
    plot.current = chart
    const resizing = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }))
    resizing.observe(element)
    return () => {
      resizing.disconnect()
      chart.destroy()
      plot.current = null
    }
  }, [names, scheme, height])

  useEffect(() => plot.current?.setData(stacked(times, series)), [times, series])

  return (
    <figure class="chart" aria-label={label}>
      <figcaption>
        <ul class="legend">
          {series.map(({ name, label: text, values }) => (
            <li key={name}>
              <span class={`swatch kind-${name}`} aria-hidden="true" />
              <Visible text={text} /> <b>{figure(step === null ? values.reduce((sum, n) => sum + n, 0) : (values[step] ?? 0))}</b>
            </li>
          ))}
          {step !== null && times[step] !== undefined && <li class="quiet">at {clock(times[step])}</li>}
        </ul>
      </figcaption>
      <div ref={holder} aria-hidden="true" />
    </figure>
  )
}

function options(names: readonly string[], element: HTMLElement, height: number, onStep: (step: number | null) => void): uPlot.Options {
  const css = getComputedStyle(element)
  const colour = (variable: string) => resolved(element, variable)
  const axis = { stroke: colour('--quiet'), font: `12px ${css.fontFamily}`, ticks: { show: false } }
  const bars = uPlot.paths.bars?.({ size: [0.78, 24], align: 1 })
  return {
    width: element.clientWidth,
    height,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      // The last step has its width too.
      x: { range: (chart, min, max) => [min, max + ((chart.data[0][1] ?? 0) - (chart.data[0][0] ?? 0))] },
      y: { range: (_chart, _min, max) => [0, Math.max(4, max * 1.05)] },
    },
    axes: [
      { ...axis, size: 26, grid: { show: false }, values: (_chart, splits) => labels(splits) },
      {
        ...axis,
        size: 44,
        space: 22,
        grid: { stroke: colour('--line'), width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7],
        values: (_chart, splits) => splits.map(figure),
      },
    ],
    // The whole stack first, for what is below is drawn over it.
    series: [
      {},
      ...names
        .toReversed()
        .map((name) => ({ fill: colour(`--kind-${name}`), width: 0, points: { show: false }, ...(bars && { paths: bars }) })),
    ],
    hooks: { setCursor: [(chart) => onStep(chart.cursor.idx ?? null)] },
  }
}

/** The sums up to each series, the whole stack first. */
function stacked(times: readonly number[], series: readonly BarSeries[]): uPlot.AlignedData {
  const below = times.map(() => 0)
  const sums = series.map(({ values }) => times.map((_, i) => (below[i] = (below[i] ?? 0) + (values[i] ?? 0))))
  return [[...times], ...sums.toReversed()]
}

/** A canvas takes colours, no variables, and no `light-dark()`. */
function resolved(element: HTMLElement, variable: string): string {
  const probe = element.appendChild(document.createElement('i'))
  probe.style.color = `var(${variable}, var(--kind-other))`
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function labels(splits: readonly number[]): string[] {
  const long = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > DAYS
  return splits.map((at) => (long ? new Date(at * 1000).toLocaleDateString('en', { month: 'short', day: 'numeric' }) : clock(at)))
}

const clock = (at: number): string => new Date(at * 1000).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false })

/** Changes with the system's dark and light. */
function useScheme(): boolean {
  const [dark, setDark] = useState(() => matchMedia(DARK).matches)
  useEffect(() => {
    const query = matchMedia(DARK)
    const follow = () => setDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  return dark
}

const DARK = '(prefers-color-scheme: dark)'
