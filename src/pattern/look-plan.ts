import type { Paths } from './automaton.ts'
import { byteSetOf, wordsOf } from './byte-set.ts'

/** What a look at the first bytes of lines (src/classify/quick-look.ts) goes by. To work it out of many rules takes some 60 ms. */
export interface LookPlan {
  readonly paths: Paths
  /** Whether it is known that no rule whose match could settle a line shares a line with another of its filter. */
  readonly apart: boolean
}

/** The same as JSON holds it. */
export interface StoredLookPlan {
  readonly apart: boolean
  /** Sets of bytes, as wordsOf has them. */
  readonly sets: readonly (readonly number[])[]
  readonly groups: readonly (string | null)[]
  /** By state: the index of its label in `sets`, that of its group in `groups`, and what follows. */
  readonly labels: readonly number[]
  readonly group: readonly number[]
  readonly follow: readonly (readonly number[])[]
  readonly final: readonly number[]
}

export function storeLookPlan({ apart, paths: { labels, group, follow, final } }: LookPlan): StoredLookPlan {
  const sets = [...new Set(labels)]
  const groups = [...new Set(group)]
  return {
    apart,
    sets: sets.map(wordsOf),
    groups,
    labels: labels.map((label) => sets.indexOf(label)),
    group: group.map((name) => groups.indexOf(name)),
    follow: follow.map((states) => [...states]),
    final: [...final.keys()].filter((state) => final[state]),
  }
}

export function restoreLookPlan({ apart, sets, groups, labels, group, follow, final }: StoredLookPlan): LookPlan {
  const byteSets = sets.map(byteSetOf)
  const finals = new Set(final)
  return {
    apart,
    paths: {
      labels: labels.map((index) => byteSets[index]!),
      group: group.map((index) => groups[index]!),
      follow,
      final: labels.map((_, state) => finals.has(state)),
    },
  }
}
