import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEnforcer, type Enforcer } from '../../src/daemon/enforcer.ts'
import { FIREWALLS } from '../../src/enforce/index.ts'
import type { Ban } from '../../src/types.ts'
import { aBan } from '../api/fake-control.ts'
import { collecting, machineIn } from '../enforce/lab/machine.ts'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()

/** The enforcer over a real nft, which is put in a bad mood before its first line. */
describe.skipIf(needs('root', 'ip', 'nft'))('an nft that does not do its work', () => {
  let namespace: Namespace
  let directory: string
  let enforcer: Enforcer
  let nowMs: number
  let active: Ban[]
  let troubles: (string | null)[]
  let banned: number
  const setMood = (mood: 'works' | 'hangs' | 'fails') => writeFileSync(join(directory, 'mood'), mood)

  beforeEach(async () => {
    namespace = makeNamespace()
    directory = newDirectory()
    setMood('works')
    const real = namespace.run('sh', '-c', 'command -v nft').trim()
    const moods = `hangs) exec sleep 1000;; fails) echo 'Error: Could not process rule: Out of memory' >&2; exit 1;;`
    writeFileSync(join(directory, 'nft'), `#!/bin/sh\ncase "$(cat ${directory}/mood)" in ${moods} esac\nexec ${real} "$@"\n`)
    chmodSync(join(directory, 'nft'), 0o755)
    const command = [...namespace.prefix, 'env', `PATH=${directory}:${process.env.PATH}`]
    nowMs = Date.now()
    active = []
    troubles = []
    banned = 0
    enforcer = createEnforcer({
      firewall: FIREWALLS.nftables(collecting(), machineIn(namespace, { command, answerMs: 300 })),
      now: () => nowMs,
      onBanned: () => banned++,
      onTrouble: (message) => troubles.push(message),
      onRepaired: () => {},
    })
    await enforcer.restore([])
  })
  afterEach(async () => {
    await enforcer.close()
    namespace.remove()
  })

  const ban = (ip: string) => {
    const what = aBan({ ip, untilMs: null })
    active.push(what)
    return enforcer.ban(what, null)
  }
  const tickAfter = (ms: number) => {
    nowMs += ms
    return enforcer.tick(() => active)
  }

  test.each([
    ['hangs', 'nft gave no answer within 0.3 s, 3 times in a row'],
    ['fails', 'nft ended (exit 1), 3 times in a row'],
  ] as const)(
    'one that always %s holds up nobody, is told once, and no ban is lost',
    async (mood, why) => {
      setMood(mood)
      const asked = Array.from({ length: 3000 }, (_, i) => ban(`10.0.${i >> 8}.${i & 255}`))
      // All of them are told after the first batch: what waits behind it does not wait for the same time-out.
      expect((await Promise.all(asked)).filter((taken) => taken)).toEqual([])
      await tickAfter(0)
      expect(troubles).toHaveLength(2)
      expect(troubles[0]).toBe(`nftables refused the ban of 10.0.0.0: ${why}`)
      expect(troubles[1]).toMatch(/^nftables cannot be repaired: /)
      expect(enforcer.countVerified(active)).toBe(0)

      setMood('works')
      // On a busy machine the real nft may need more than one try.
      await vi.waitFor(
        async () => {
          await tickAfter(60_000)
          expect(troubles.at(-1)).toBeNull()
        },
        { timeout: 20_000 },
      )
      expect(banned).toBe(3000)
      expect(enforcer.countVerified(active)).toBe(3000)
    },
    30_000,
  )
})
