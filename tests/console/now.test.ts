import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { ban, FOUND, iso, STATUS } from './answers.ts'
import { type Opened, type OpenOptions, useConsole } from './browser.ts'

describe.skipIf(needs('chromium'))('the first page', () => {
  const open = useConsole()

  async function openFeed(options: OpenOptions = {}): Promise<Opened> {
    const opened = await open({ at: '#/now', ...options })
    await expect.poll(() => opened.server.listeners()).toBe(1)
    return opened
  }

  test('shows a report when it is sent, with links to its address', async () => {
    const { page, server } = await openFeed()
    server.send('found', FOUND)
    await page.getByText('failed registration · 1001@example.com · 403 · “friendly-scanner” · opensips/failed-registration').waitFor()
    server.send('ban', { type: 'ban', ...ban('203.0.113.99', { nth: 2 }) })
    const line = page.locator('.report').first()
    await line.getByText('sip-auth after 10 found · ban no. 2').waitFor()
    expect(await line.getByRole('link').getAttribute('href')).toBe('#/address/203.0.113.99')
  })

  test('stands still while it is paused, counts what comes, and goes on', async () => {
    const { page, server } = await openFeed()
    server.send('notice', { type: 'notice', message: 'before', at: iso(0) })
    await page.getByText('before').waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    server.send('notice', { type: 'notice', message: 'meanwhile', at: iso(0) })
    await page.getByRole('button', { name: 'Go on (1 new)' }).waitFor()
    expect(await page.getByText('meanwhile').count()).toBe(0)
    await page.getByRole('button', { name: 'Go on (1 new)' }).click()
    await page.getByText('meanwhile').waitFor()
  })

  test('shows only the kinds of reports that are asked for; what was ignored is hidden at first', async () => {
    const { page, server } = await openFeed()
    server.send('skip', { type: 'skip', ip: '198.51.100.7', jail: 'sip-auth', why: 'allowed', at: iso(0) })
    server.send('found', FOUND)
    await page.locator('.report.found').waitFor()
    expect(await page.locator('.report.skip').count()).toBe(0)
    await page.getByRole('button', { name: 'Ignored' }).click()
    await page.getByText('sip-auth · allowed').waitFor()
    await page.getByRole('button', { name: 'Found' }).click()
    await page.locator('.report.found').waitFor({ state: 'detached' })
  })

  test('goes on behind the last report when the connection broke, and says what it missed', async () => {
    const { page, server } = await openFeed()
    server.send('found', FOUND)
    await page.locator('.report.found').waitFor()
    server.hangUp()
    await expect.poll(() => server.resumed, { timeout: 20_000 }).toEqual([null, '1'])
    await page.getByText('Live', { exact: true }).first().waitFor()
    server.send('gap', { missed: 12 })
    await page.getByText('12 reports came while this page was not connected').waitFor()
  })

  test('says what is degraded, and the remedy', async () => {
    const degraded = [{ what: 'the log cannot be read: permission denied', since: iso(-9000), remedy: 'add sipguard to the group adm' }]
    const { page } = await open({ at: '#/now', answers: { 'GET /api/status': { ...STATUS, degraded } } })
    const box = page.getByRole('region', { name: 'Degraded' })
    await box.getByText('the log cannot be read: permission denied').waitFor()
    await box.getByText('add sipguard to the group adm').waitFor()
    await page.getByRole('link', { name: '1 degraded' }).waitFor()
  })

  test('says that nothing is banned where it only observes, and when the kernel has not confirmed all', async () => {
    const { page, server } = await open({
      at: '#/now',
      answers: { 'GET /api/status': { ...STATUS, enforcement: { ...STATUS.enforcement, backend: 'none' } } },
    })
    await page.getByText('observe only: nothing is in the firewall').waitFor()
    server.answers['GET /api/status'] = { ...STATUS, enforcement: { ...STATUS.enforcement, verified: 4 } }
    await page.getByText('only 4 confirmed by nftables').waitFor()
  })

  test('draws events by kind with their sums, attackers with their place, targets, and the health of sources', async () => {
    const { page } = await open({ at: '#/now' })
    await page.getByRole('figure', { name: 'Events a minute, by kind' }).getByText('failed registration').waitFor()
    const attackers = page.getByRole('table', { name: /Addresses with the most events/ })
    await attackers.getByRole('row', { name: /203\.0\.113\.66 NL · AS64501 Example Hosting 1,412 banned/ }).waitFor()
    await page
      .getByRole('table', { name: /Users with the most events/ })
      .getByRole('link', { name: '1001@example.com' })
      .waitFor()
    const sources = page.getByRole('table', { name: 'Sources' })
    await sources.getByRole('row', { name: /syslog udp:5514 blind .* 3 lines lost/ }).waitFor()
    expect(await page.locator('canvas').count()).toBe(2)
  })
})
