import type { Verb } from '../verb.ts'

/** Verbs under what people want to do, in the order of `--help`. */
export type VerbGroups = readonly (readonly [group: string, verbs: readonly Verb[]])[]

/** All commands by name, one file a command: it is loaded where it is wanted. */
const VERBS: readonly (readonly [group: string, verbs: Readonly<Record<string, () => Promise<Verb>>>])[] = [
  [
    'Guard, and look at what is done:',
    {
      watch: async () => (await import('./watch.ts')).watch,
      status: async () => (await import('./status.ts')).status,
      bans: async () => (await import('./bans.ts')).bans,
      why: async () => (await import('./why.ts')).why,
      'why-not': async () => (await import('./why-not.ts')).whyNot,
      ban: async () => (await import('./ban.ts')).ban,
      unban: async () => (await import('./unban.ts')).unban,
      allow: async () => (await import('./allow.ts')).allow,
    },
  ],
  [
    'Look at logs, and at what is recorded:',
    {
      replay: async () => (await import('./replay.ts')).replay,
      shadow: async () => (await import('./shadow.ts')).shadow,
      classify: async () => (await import('./classify.ts')).classify,
      events: async () => (await import('./events.ts')).events,
      users: async () => (await import('./users.ts')).users,
      phones: async () => (await import('./phones.ts')).phones,
    },
  ],
  [
    'Set up, and see that all is well:',
    {
      init: async () => (await import('./init.ts')).init,
      check: async () => (await import('./check.ts')).check,
      doctor: async () => (await import('./doctor.ts')).doctor,
      alert: async () => (await import('./alert.ts')).alert,
      import: async () => (await import('./import.ts')).importing,
      emit: async () => (await import('./emit.ts')).emit,
      filter: async () => (await import('./filter.ts')).filter,
      jail: async () => (await import('./jail.ts')).jail,
    },
  ],
  [
    'Administer:',
    {
      token: async () => (await import('./token.ts')).token,
      audit: async () => (await import('./audit.ts')).audit,
      completion: async () => (await import('./completion.ts')).completion,
    },
  ],
]

/** Commands that work on all others. */
const NEEDS_ALL: readonly string[] = ['completion']

/** @param first the first word of a command line: where it is a command, that one alone is loaded. Default: all are */
export async function loadVerbs(first = ''): Promise<VerbGroups> {
  const isAlone = !NEEDS_ALL.includes(first) && VERBS.some(([, verbs]) => Object.hasOwn(verbs, first))
  const wanted = VERBS.map(([group, verbs]) => {
    const loading = Object.entries(verbs).filter(([name]) => !isAlone || name === first)
    return [group, loading.map(([, load]) => load())] as const
  })
  return Promise.all(wanted.map(async ([group, verbs]) => [group, await Promise.all(verbs)] as const))
}
