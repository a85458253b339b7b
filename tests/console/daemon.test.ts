import { beforeAll, describe, expect, test } from 'vitest'
import type { AllowJson } from '../../src/api/wire.ts'
import { failures } from '../daemon/lines.ts'
import { needs } from '../require.ts'
import type { Watched } from './browser.ts'
import { useRealDaemon } from './real-daemon.ts'

describe.skipIf(needs('root', 'ip', 'nft', 'chromium'))('the console of a real daemon that enforces', () => {
  const daemon = useRealDaemon()
  let admin: Watched
  beforeAll(async () => {
    admin = await daemon.open(await daemon.token('laptop'), '#/now')
  })

  async function visit(at: string, heading: string) {
    const { page } = admin
    await page.goto(daemon.url + at)
    await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    return page
  }
  const allowed = async () => (await daemon.call<AllowJson[]>('GET', '/api/allow')).map(({ cidr, comment }) => `${cidr} ${comment}`)

  test('tells a ban as it happens, without being loaded again', async () => {
    const { page } = admin
    await page.evaluate('window.sameDocument = true')
    daemon.append(failures(10, '192.0.2.7'))
    const feed = page.getByRole('region', { name: 'Live feed' })
    const ban = feed.getByRole('listitem').filter({ hasText: 'sip-auth after 10 found' })
    await ban.getByRole('link', { name: '192.0.2.7', exact: true }).waitFor()
    expect(await feed.getByText('failed registration · 1001@example.com · 403').count()).toBe(10)
    expect(await page.evaluate('window.sameDocument')).toBe(true)
    expect(daemon.inKernel()).toContain('192.0.2.7 ')
  })

  test('has a ban in its list by the feed, long before the list is asked for by the clock', async () => {
    const page = await visit('#/bans', 'Bans')
    await page.getByRole('row', { name: /^Select 192\.0\.2\.7 / }).waitFor()
    daemon.append(failures(10, '192.0.2.8'))
    await page.getByRole('row', { name: /192\.0\.2\.8 .* sip-auth / }).waitFor()
  })

  test('unbans in the kernel, and says what that did', async () => {
    const page = await visit('#/bans', 'Bans')
    await page.getByRole('button', { name: 'Unban 192.0.2.7', exact: true }).click()
    await page.getByText('192.0.2.7 is not banned any more.').waitFor()
    await page.getByRole('row', { name: /192\.0\.2\.7 / }).waitFor({ state: 'detached' })
    expect(daemon.inKernel()).not.toContain('192.0.2.7 ')
    expect(daemon.inKernel()).toContain('192.0.2.8 ')
    expect(await daemon.audit(1)).toEqual(['laptop unban 192.0.2.7'])
  })

  test('unbans and allows in one go', async () => {
    const page = await visit('#/bans', 'Bans')
    await page.getByRole('button', { name: 'Unban and allow 192.0.2.8' }).click()
    await page.getByLabel('Allow for').selectOption('1w')
    await page.getByLabel('Comment').fill('the hotel')
    await page.getByRole('dialog').getByRole('button', { name: 'Unban and allow' }).click()
    await page.getByText('It is in the allow list now.').waitFor()
    await page.getByText('Nobody is banned.').waitFor()
    expect(daemon.inKernel()).not.toContain('192.0.2.8')
    expect(await allowed()).toEqual(['192.0.2.8 the hotel'])
  })

  test('bans an address that is typed, and shows what the daemon says to one that it will not ban', async () => {
    const page = await visit('#/bans', 'Bans')
    const ban = async (ip: string) => {
      await page.getByRole('button', { name: 'Ban an address …' }).click()
      await page.getByLabel('Address', { exact: true }).fill(ip)
      await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click()
    }
    await ban('192.0.2.9')
    await page.getByRole('row', { name: /192\.0\.2\.9 .* manual / }).waitFor()
    expect(daemon.inKernel()).toContain('192.0.2.9 ')
    await ban('192.0.2.8')
    await page.getByText('192.0.2.8 is not banned: it is in the allow list or in ignoreip').waitFor()
    await page.keyboard.press('Escape')
  })

  test('takes a CSV into the allow list, and a ban inside it is gone from the kernel', async () => {
    const page = await visit('#/allow', 'Allow list')
    await page.getByRole('button', { name: 'Import CSV …' }).click()
    await page.getByLabel('Or text').fill('cidr,until,comment\n192.0.2.9,1d,"carrier, west"\n2001:db8:aa::/48,,branch\n')
    await page.getByRole('button', { name: 'Add 2 entries' }).click()
    await page.getByText('2 entries added.').waitFor()
    await page.getByRole('row', { name: /2001:db8:aa::\/48 branch for ever/ }).waitFor()
    expect(await allowed()).toEqual(expect.arrayContaining(['192.0.2.9 carrier, west', '2001:db8:aa::/48 branch']))
    expect(daemon.inKernel()).not.toContain('192.0.2.9')
  })

  test('has in the audit who did all this, and from where', async () => {
    const page = await visit('#/audit', 'Audit')
    const row = (name: RegExp) => page.getByRole('row', { name }).first().waitFor()
    await row(/ laptop 127\.0\.0\.1 unban 192\.0\.2\.7 /)
    await row(/ laptop 127\.0\.0\.1 ban 192\.0\.2\.9 for 1d/)
    await row(/ laptop 127\.0\.0\.1 allow 2001:db8:aa::\/48 for ever, branch/)
    await row(/ laptop 127\.0\.0\.1 login /)
    await row(/ socket unix token-add laptop admin/)
  })

  test('lets a reader see all of it and change nothing, whatever the page would let him do', async () => {
    const { page, alarms } = await daemon.open(await daemon.token('screen', '--read-only'), '#/allow')
    await page.getByText('carrier, west').waitFor()
    expect(await page.getByRole('button', { name: /remove|allow an|import/i }).count()).toBe(0)
    const refused = await page.evaluate(`
      fetch('api/session')
        .then((answer) => answer.json())
        .then(({ csrf }) => fetch('api/allow/192.0.2.9', { method: 'DELETE', headers: { 'X-CSRF-Token': csrf } }))
        .then(async (answer) => [answer.status, (await answer.json()).error.code])
    `)
    expect(refused).toEqual([403, 'FORBIDDEN'])
    expect(await allowed()).toContain('192.0.2.9 carrier, west')
    expect(alarms).toEqual([])
  })

  test('has tripped no alarm', () => {
    expect(admin.alarms).toEqual([])
  })
})
