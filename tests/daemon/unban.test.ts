import { expect, test } from 'vitest'
import { startGuard } from './guarding.ts'
import { failures, success } from './lines.ts'

const MINUTE = 6e4

test('an unban tells the phones that were cut off and the packets that were dropped, read while the ban was there', async () => {
  const { control, feed, firewall } = await startGuard()
  feed(success('192.0.2.7', { user: '1001' }) + success('192.0.2.7', { user: '1002' }) + success('192.0.2.8'))
  await control.ban('192.0.2.7', {})
  const [lifted, ...others] = await control.unban('192.0.2.7')
  expect(others).toEqual([])
  expect(lifted).toMatchObject({
    ban: { ip: '192.0.2.7', scope: 'address', jail: 'manual', level: 'phone', evidence: 'request' },
    phones: ['1001@example.com', '1002@example.com'],
    packets: 7,
  })
  expect(firewall.held.size).toBe(0)
  expect(await control.unban('192.0.2.7')).toEqual([])
})

test('of an endpoint’s ban only the phones of that endpoint', async () => {
  const { control, feed } = await startGuard()
  // Two phones behind one address; the place of one of them, who has long gone, fails with another's name.
  const old = success('192.0.2.7', { user: '1002', atMs: Date.now() - 10 * MINUTE }).replace(':5060 ', ':7777 ')
  feed(old + success('192.0.2.7', { user: '1001' }))
  feed(failures(10, '192.0.2.7', { user: '2000' }).replaceAll(':5060,', ':7777,'))
  expect(await control.unban('192.0.2.7')).toMatchObject([{ ban: { scope: 'endpoint', port: 7777 }, phones: ['1002@example.com'] }])
})

test('every scope of an address is told, and so is each ban when all are lifted', async () => {
  const { control, feed } = await startGuard()
  feed(success('192.0.2.7') + failures(10, '192.0.2.7', { user: '2000' }).replaceAll(':5060,', ':7777,'))
  await control.ban('192.0.2.7', {})
  await control.ban('2001:db8::7', {})
  const told = (await control.unbanAll()).map(({ ban, packets }) => [ban.prefix ?? ban.ip, ban.scope, packets])
  expect(told.sort()).toEqual([
    ['192.0.2.7', 'address', 7],
    ['192.0.2.7', 'endpoint', 7],
    ['2001:db8::/64', 'prefix', 7],
  ])
})

test('of a network every ban in it is lifted and forgotten, and no other', async () => {
  const { control, feed } = await startGuard()
  feed(success('192.0.2.7') + failures(11, '192.0.2.7', { user: '2000' }).replaceAll(':5060,', ':7777,'))
  for (const ip of ['192.0.2.7', '192.0.2.200', '192.0.3.1', '2001:db8::7', '2001:db8:1::7']) await control.ban(ip, {})
  const ended = async (target: string) => (await control.unban(target)).map(({ ban }) => `${ban.prefix ?? ban.ip} ${ban.scope}`).sort()
  expect(await ended('192.0.2.0/24')).toEqual(['192.0.2.200 address', '192.0.2.7 address', '192.0.2.7 endpoint'])
  expect((await control.why('192.0.2.7')).windows).toEqual([])
  expect(await ended('2001:db8::/48')).toEqual(['2001:db8::/64 prefix'])
  expect(await ended('192.0.2.0/24')).toEqual([])
  expect(
    control
      .bans()
      .map(({ ip }) => ip)
      .sort(),
  ).toEqual(['192.0.3.1', '2001:db8:1::7'])
})

test('packets that cannot be read are not known, and hold no unban up', async () => {
  const { control, firewall } = await startGuard()
  await control.ban('2001:db8::7', {})
  firewall.packets = () => Promise.reject(new Error('nft gave no answer'))
  expect(await control.unban('2001:db8::/64')).toMatchObject([{ ban: { ip: '2001:db8::7' }, phones: [], packets: null }])
})
