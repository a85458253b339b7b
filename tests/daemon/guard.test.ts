import { expect, test } from 'vitest'
import { openMemory } from '../../src/state/index.ts'
import type { State } from '../../src/state/state.ts'
import { banOf } from '../state/samples.ts'
import { startGuard } from './guarding.ts'
import { failures } from './lines.ts'
import { eventually } from './watching.ts'

test('a ban that the firewall fails to take is decided, owed, and red in the status', async () => {
  const { control, firewall, feed, told } = await startGuard()
  firewall.mood = 'fails'
  feed(failures(10, '192.0.2.7'))
  const what = 'fake failed to ban 192.0.2.7: nft gave no answer'
  await eventually(() => expect(control.status().degraded).toMatchObject([{ what }]))
  expect(told('ban')).toEqual([])
  expect(told('notice')).toMatchObject([{ message: what }])
  expect(control.bans()).toMatchObject([{ ip: '192.0.2.7', jail: 'sip-auth' }])
  expect(control.status().enforcement).toEqual({ backend: 'fake', active: 1, verified: 0, last_error: what, last_repair: null })
  await expect(control.ban('192.0.2.8', {})).rejects.toMatchObject({
    code: 'ENFORCE_FAILED',
    message: 'fake failed to ban 192.0.2.8: nft gave no answer',
  })
})

test('in the metrics a source is what is configured, and only confirmed bans count', async () => {
  const { firewall, feed, metrics, told } = await startGuard()
  feed(failures(10, '192.0.2.7'))
  await eventually(() => expect(told('ban')).toHaveLength(1))
  firewall.mood = 'refuses'
  feed(failures(10, '192.0.2.8'))
  await eventually(() => expect(told('notice')).toHaveLength(1))
  const text = await metrics.text()
  expect(text).toContain('sipguard_lines_total{source="/var/log/sip*.log",outcome="matched"} 20\n')
  expect(text).toContain('sipguard_events_total{kind="failed_registration",source="/var/log/sip*.log"} 20\n')
  expect(text).toContain('sipguard_bans_total{jail="sip-auth"} 1\n')
  expect(text).toContain('sipguard_ban_latency_seconds_count 1\n')
})

test('a jail that only alerts tells an alert', async () => {
  const { feed, told } = await startGuard()
  const request = failures(1, '192.0.2.7').replace(
    /NOTICE:.*/,
    'NOTICE:REQUEST: OPTIONS from 192.0.2.7:5060 to sip:example.com (Call-ID: x)',
  )
  feed(request.repeat(300))
  expect(told('alert')).toMatchObject([{ alert: { kind: 'jail_full', jail: 'sip-rate', ip: '192.0.2.7', count: 300 } }])
  expect(told('skip')).toMatchObject([{ decision: { why: 'alert-only' } }])
})

test('what the allow list takes is written before it holds, and what it drops is gone from disk first', async () => {
  const memory = openMemory()
  let full = false
  const refuse = async () => {
    throw new Error('no space')
  }
  const state: State = {
    ...memory,
    allow: (entry) => (full ? refuse() : memory.allow(entry)),
    disallow: (cidr) => (full ? refuse() : memory.disallow(cidr)),
  }
  const { control } = await startGuard(state)
  await control.allow('192.0.2.7', { forMs: null, comment: null })
  full = true
  await expect(control.allow('192.0.2.8', { forMs: null, comment: null })).rejects.toThrow('no space')
  await expect(control.disallow('192.0.2.7')).rejects.toThrow('no space')
  expect(control.allowList().map(({ cidr }) => cidr)).toEqual(['192.0.2.7'])
})

test('an unban of an address that another node decided leaves the ban of its /64, and the one of the /64 lifts it', async () => {
  const { guard, control, firewall } = await startGuard()
  const ban = { ...banOf('2001:db8::7', { fromMs: Date.now(), untilMs: Date.now() + 36e5 }), evidence: 'proved' } as const
  guard.take(ban)
  guard.take({ ...ban, scope: 'prefix', prefix: '2001:db8::/64' })
  await guard.release('2001:db8::7', Date.now())
  expect(control.bans().map(({ scope }) => scope)).toEqual(['prefix'])
  await guard.release('2001:db8::/64', Date.now())
  expect(control.bans()).toEqual([])
  expect(firewall.held.size).toBe(0)
})

test('of a /64 that another node banned, where somebody trusted here is inside, the firewall gets the single address too', async () => {
  const { guard, control, firewall } = await startGuard()
  guard.pipeline.judge.trust.setIgnored(['2001:db8::5'])
  const ban = { ...banOf('2001:db8::7', { fromMs: Date.now(), untilMs: Date.now() + 36e5 }), evidence: 'proved' } as const
  guard.take({ ...ban, scope: 'prefix', prefix: '2001:db8::/64' })
  await guard.flush()
  expect(control.bans()).toMatchObject([{ scope: 'address', ip: '2001:db8::7', prefix: null }])
  expect([...firewall.held]).toEqual(['address 2001:db8::7  '])
  expect(control.status().enforcement).toMatchObject({ active: 1, verified: 1 })
})

test('an unban that the firewall fails to do is an error, and the ban is over all the same', async () => {
  const { control, firewall } = await startGuard()
  await control.ban('192.0.2.7', {})
  firewall.mood = 'fails'
  await expect(control.unban('192.0.2.7')).rejects.toMatchObject({ code: 'ENFORCE_FAILED' })
  expect(control.bans()).toEqual([])
})
