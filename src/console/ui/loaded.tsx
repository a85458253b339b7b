import type { ComponentChildren } from 'preact'
import type { Loaded } from '../load.ts'
import { Failed, Loading } from './states.tsx'

/** What was loaded; before that that it is being loaded; and a failure above what was known before it. */
export function Show<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {of.error && <Failed error={of.error} retry={of.reload} />}
      {of.data !== null ? children(of.data) : of.error === null && <Loading />}
    </>
  )
}
