import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { releaseLock, takeLock } from '../../src/enforce/enforcer-lock.ts'
import { needs } from '../require.ts'
import { makeNamespace, type Namespace } from './lab/namespace.ts'

const REFUSAL = (name: string) =>
  `another sipguard already enforces in this network namespace: it holds the abstract socket @${name}. ` +
  'Stop it (ss -xlp shows its process), or run this one with --enforce none'

describe('the lock of the enforcing process', () => {
  test('is refused while it is held, and free again after its release', async () => {
    const name = `sgenforce-${process.pid}-lock`
    const lock = await takeLock(name)
    await expect(takeLock(name)).rejects.toMatchObject({ code: 'ENFORCE_LOCKED', message: REFUSAL(name) })
    await releaseLock(lock)
    await releaseLock(await takeLock(name))
  })

  describe.skipIf(needs('root', 'ip', 'nft', 'ipset', 'iptables'))('between processes', () => {
    const children: ChildProcess[] = []
    const namespaces: Namespace[] = []

    afterEach(async () => {
      await Promise.all(children.splice(0).map(kill))
      for (const namespace of namespaces.splice(0)) namespace.remove()
    })

    async function kill(child: ChildProcess): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    function namespace(): Namespace {
      const made = makeNamespace()
      namespaces.push(made)
      return made
    }
    async function enforcer(where: Namespace, backend: string): Promise<{ child: ChildProcess; says: string }> {
      const script = `${import.meta.dirname}/lab/enforcer.ts`
      const child = spawn('ip', [...where.prefix.slice(1), process.execPath, script, backend], { stdio: ['pipe', 'pipe', 'inherit'] })
      children.push(child)
      const [line] = await once(child.stdout!, 'data')
      return { child, says: String(line).trim() }
    }

    test('a second one in the same namespace is refused, whatever its backend, until the first is gone; its bans stay', async () => {
      const here = namespace()
      const first = await enforcer(here, 'nftables')
      expect(first.says).toBe('open')
      expect((await enforcer(here, 'iptables')).says).toBe(`ENFORCE_LOCKED ${REFUSAL('sipguard-enforce')}`)
      await kill(first.child)
      expect(here.run('nft', 'list', 'set', 'inet', 'sipguard', 'ban4')).toContain('192.0.2.7')
      expect((await enforcer(here, 'nftables')).says).toBe('open')
    })

    test('one in another namespace is not in the way', async () => {
      expect((await enforcer(namespace(), 'nftables')).says).toBe('open')
      expect((await enforcer(namespace(), 'nftables')).says).toBe('open')
    })
  })
})
