import { banKey } from '../../src/daemon/ban-key.ts'
import type { Element, Firewall } from '../../src/enforce/index.ts'
import { SipguardError } from '../../src/errors.ts'

/** A kernel in memory whose faults can be chosen: the real ones are in tests/enforce. */
export interface FakeFirewall extends Firewall {
  readonly held: Set<string>
  readonly calls: string[]
  /** `refuses`: single elements; `fails`: every call; `hangs`: until it is set to another mood. */
  mood: 'works' | 'refuses' | 'fails' | 'hangs'
}

export function createFakeFirewall(): FakeFirewall {
  let mood: FakeFirewall['mood'] = 'works'
  let wake = () => {}
  let woken = Promise.resolve()
  const held = new Set<string>()
  const calls: string[] = []
  async function ready(): Promise<void> {
    await woken
    if (mood === 'fails') throw new SipguardError('ENFORCE_FAILED', 'nft gave no answer')
  }
  return {
    name: 'fake',
    held,
    calls,
    get mood() {
      return mood
    },
    set mood(next) {
      mood = next
      wake()
      if (next === 'hangs') {
        woken = new Promise((resolve) => {
          wake = resolve
        })
      }
    },
    async open(elements) {
      calls.push(`open ${elements.length}`)
      await ready()
      held.clear()
      if (mood !== 'refuses') for (const element of elements) held.add(banKey(element))
    },
    async add(elements) {
      calls.push(`add ${elements.map(({ ip }) => ip).join(' ')}`)
      await ready()
      if (mood === 'refuses') return elements.map((element) => ({ element, reason: 'the set is full' }))
      for (const element of elements) held.add(banKey(element))
      return []
    },
    async remove(elements) {
      await ready()
      for (const element of elements) held.delete(banKey(element))
    },
    async has(element: Element) {
      await ready()
      return held.has(banKey(element))
    },
    async close() {},
  }
}
