/** Run as a process: commits in a loop until it is killed, and says each number when it is committed. */

import type { CounterRow } from '../../src/kept.ts'
import { openState } from '../../src/state/embedded.ts'

const KEYS = 7
const [dir = ''] = process.argv.slice(2)
const state = await openState(dir)
let n = (await state.load()).totals.lines
for (;;) {
  n++
  const counter: CounterRow = { jail: 'sip-auth', key: String(n % KEYS), data: String(n) }
  try {
    await state.commit({
      positions: [{ stream: 'log', mark: String(n) }],
      counters: [counter, { jail: 'sip-enum', key: `key-${n}`, data: 'x'.repeat(n % 300) }],
      phones: [{ ip: '192.0.2.7', user: String(n % KEYS), data: String(n) }],
      bans: [],
      lifted: [],
      offences: [{ ip: '192.0.2.7', nth: n, untilMs: null, forgetMs: null }],
      forgiven: [],
      records: [
        { key: String(n % KEYS), data: String(n) },
        { key: `key-${n}`, data: String(n) },
      ],
      totals: { lines: 1, events: { failed_auth: 1 }, bans: 0 },
    })
  } catch (error) {
    n--
    console.log(`failed ${(error as { code: string }).code}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
    continue
  }
  // A full disk may refuse it although it took the commit.
  await state.note({ atMs: n, who: 'laptop', from: 'unix', action: 'ban', target: null, detail: null }).catch(() => {})
  console.log(String(n))
}
