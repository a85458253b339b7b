import type { ComponentChildren } from 'preact'
import { Visible } from '../parts/line-text.tsx'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'info'

/** A word or two. Text that is longer is cut; its title has all of it, unless another is given. */
export function Badge({ tone = 'plain', title, children }: { tone?: Tone; title?: string; children: ComponentChildren }) {
  const text = typeof children === 'string' ? children : null
  const about = title ?? text
  return (
    <span class={`badge ${tone}`} {...(about !== null && { title: about })}>
      {text === null ? children : <Visible text={text} />}
    </span>
  )
}
