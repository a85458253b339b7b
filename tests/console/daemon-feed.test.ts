import { beforeAll, describe, expect, test } from 'vitest'
import { failures } from '../daemon/lines.ts'
import { eventually } from '../daemon/watching.ts'
import { needs } from '../require.ts'
import type { Watched } from './browser.ts'
import { type Tunnel, useRealDaemon } from './real-daemon.ts'

describe.skipIf(needs('root', 'ip', 'nft', 'chromium'))('a console that stays open', () => {
  const daemon = useRealDaemon()
  let token: string
  let tunnel: Tunnel
  let opened: Watched
  beforeAll(async () => {
    token = await daemon.token('wall')
    tunnel = await daemon.tunnel()
    opened = await daemon.open(token, '#/now', tunnel.url)
    await opened.page.evaluate('window.sameDocument = true')
  })
  const live = () => opened.page.getByRole('region', { name: 'Live feed' }).getByRole('listitem')
  const told = (words: string, ip: string) => live().filter({ hasText: words }).getByRole('link', { name: ip, exact: true })

  test('goes on through a reload of the configuration, and says that there was one', async () => {
    daemon.signal('SIGHUP')
    await live()
      .filter({ hasText: /reload/i })
      .waitFor()
    daemon.append(failures(10, '192.0.2.1'))
    await told('sip-auth after 10 found', '192.0.2.1').waitFor()
    expect(await live().filter({ hasText: 'failed registration' }).count()).toBe(10)
  })

  test('is told all that it missed while its tunnel was cut, once', async () => {
    const { page } = opened
    await tunnel.cut()
    await page.getByRole('status').getByText('Not connected').waitFor()
    await daemon.call('POST', '/api/bans', { ip: '192.0.2.2' })
    await daemon.call('DELETE', '/api/bans/192.0.2.2')
    await tunnel.mend()
    await told('manual', '192.0.2.2').last().waitFor()
    await expect.poll(() => told('manual', '192.0.2.2').count()).toBe(2)
    expect(await page.getByText('cannot be shown any more').count()).toBe(0)
    expect(await told('sip-auth after 10 found', '192.0.2.1').count()).toBe(1)
  })

  test('asks for a token after a restart, and then goes on with what was told, saying that some may be missing', async () => {
    const { page } = opened
    await daemon.end('SIGTERM')
    await page.getByRole('status').getByText('Not connected').waitFor()
    await daemon.start()
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await told('Restore Ban', '192.0.2.1').waitFor()
    expect(await told('sip-auth after 10 found', '192.0.2.1').count()).toBe(2)
    await page.getByText('Some reports came while this page was not connected and cannot be shown any more.').waitFor()
    expect(await page.evaluate('window.sameDocument')).toBe(true)
  })

  test('asks for a token when its own was taken away', async () => {
    const { page, alarms } = opened
    await daemon.removeToken('wall')
    await page.getByLabel('Token').waitFor()
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByText('This is not a token that sipguard knows.').waitFor()
    await eventually(async () => expect(await daemon.audit(1)).toEqual(['nobody login-refused']))
    expect(alarms).toEqual([])
  })

  test('was served under the policy that it was tried with, and may be framed by nobody', async () => {
    const headers = (await opened.page.goto(daemon.url))?.headers()
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
      'x-frame-options': 'DENY',
    })
  })
})
