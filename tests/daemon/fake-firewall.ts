import { banKey } from '../../src/daemon/ban-key.ts'
import type { Element, Firewall, Refusal } from '../../src/enforce/index.ts'
import { SipguardError } from '../../src/errors.ts'

/** A kernel in memory whose faults can be chosen: the real ones are in tests/enforce. */
export interface FakeFirewall extends Firewall {
  readonly held: Set<string>
  readonly calls: string[]
  /** What a foreign hand took away; `open` and, for `rules`, `mend` bring it back. */
  lost: 'rules' | 'sets' | null
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
  const full = (elements: readonly Element[]): Refusal[] => elements.map((element) => ({ element, reason: 'the set is full' }))
  return {
    name: 'fake',
    held,
    calls,
    lost: null,
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
      this.lost = null
      if (mood === 'refuses') return full(elements)
      for (const element of elements) held.add(banKey(element))
      return []
    },
    async add(elements) {
      calls.push(`add ${elements.map(({ ip }) => ip).join(' ')}`)
      await ready()
      if (mood === 'refuses' || this.lost === 'sets') return full(elements)
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
    async intact() {
      await ready()
      return this.lost === null ? null : `${this.lost} are gone`
    },
    async mend() {
      calls.push('mend')
      await ready()
      if (this.lost === 'rules') this.lost = null
      return this.lost === null
    },
    async audit(expected) {
      calls.push('audit')
      const keys = new Set(expected().map(banKey))
      const foreign = [...held].filter((key) => !keys.has(key))
      for (const key of foreign) held.delete(key)
      return { missing: expected().filter((element) => !held.has(banKey(element))), foreign }
    },
    async packets(elements) {
      await ready()
      return elements.map((element) => (held.has(banKey(element)) ? 7 : null))
    },
    async close() {},
  }
}
