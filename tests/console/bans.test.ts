import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { BANS, ban } from './answers.ts'
import { useConsole } from './browser.ts'
import { refusal } from './fake-server.ts'

describe.skipIf(needs('chromium'))('the bans', () => {
  const open = useConsole()
  const focused = 'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent'

  test('stand with place, jail, remaining time and how often', async () => {
    const { page } = await open({ at: '#/bans' })
    await page.getByRole('row', { name: /2001:db8:5::9 and its \/64 NL · AS64501 Example Hosting sip-knock .* 3h \d+m 3 10/ }).waitFor()
    await page.getByRole('row', { name: /192\.0\.2\.200 – manual .* for ever 1 –/ }).waitFor()
    await page.getByRole('row', { name: /198\.51\.100\.20 port 5062\/udp phone/ }).waitFor()
  })

  test('are narrowed down by what is typed, and by jail', async () => {
    const { page } = await open({ at: '#/bans' })
    const rows = page.locator('tbody tr')
    await page.getByLabel('Address, place, jail').fill('example cloud')
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('203.0.113.7')])
    await page.getByLabel('Address, place, jail').fill('')
    await page.getByRole('combobox', { name: 'Jail' }).selectOption('sip-knock')
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('2001:db8:5::9')])
  })

  test('sort by a heading, either way', async () => {
    const { page } = await open({ at: '#/bans' })
    const first = () => page.locator('tbody tr a').first().textContent()
    await page.getByRole('button', { name: 'Nth ban' }).click()
    expect(await page.getByRole('columnheader', { name: 'Nth ban' }).getAttribute('aria-sort')).toBe('ascending')
    await page.getByRole('button', { name: 'Nth ban' }).click()
    await expect.poll(first).toBe('2001:db8:5::9')
  })

  test('a ban stands in the list soon after it was decided', async () => {
    const { page, server } = await open({ at: '#/bans' })
    await expect.poll(() => server.listeners()).toBe(1)
    const fresh = ban('203.0.113.200')
    server.answers['GET /api/bans'] = [...BANS, fresh]
    server.send('ban', { type: 'ban', ...fresh })
    await page.getByRole('link', { name: '203.0.113.200' }).waitFor()
  })

  test('unban lifts one, says what it did, and leaves the focus at the same place of the list', async () => {
    const lifted = { ...BANS[0], phones: ['1001@example.com'], packets: 1204 }
    const { page, server } = await open({ at: '#/bans', answers: { 'DELETE /api/bans/203.0.113.66': [lifted] } })
    const button = page.getByRole('button', { name: 'Unban 203.0.113.66' })
    await button.waitFor()
    server.answers['GET /api/bans'] = BANS.slice(1)
    await button.press('Enter')
    await page.getByText('203.0.113.66 is not banned any more; 1,204 packets had been dropped; phones there: 1001@example.com.').waitFor()
    await button.waitFor({ state: 'detached' })
    expect(await page.evaluate(focused)).toBe('Unban 198.51.100.20')
  })

  test('a /64 is unbanned whole', async () => {
    const { page, server } = await open({ at: '#/bans', answers: { 'DELETE /api/bans/2001:db8:5::/64': [] } })
    await page.getByRole('button', { name: 'Unban 2001:db8:5::/64', exact: true }).click()
    await page.getByText('2001:db8:5::/64 was not banned any more.').waitFor()
    expect(server.changes()).toHaveLength(1)
  })

  test('what the server refuses is said in its words and stays until it is read', async () => {
    const answers = { 'DELETE /api/bans/203.0.113.66': refusal(503, 'ENFORCE_FAILED', 'nft says no') }
    const { page } = await open({ at: '#/bans', answers })
    await page.getByRole('button', { name: 'Unban 203.0.113.66' }).click()
    await page.getByText('nft says no').waitFor()
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.getByText('nft says no').waitFor({ state: 'detached' })
  })

  test('unban and allow is one call, with how long and a comment', async () => {
    const { page, server } = await open({
      at: '#/bans',
      answers: { 'DELETE /api/bans/203.0.113.66': [{ ...BANS[0], phones: [], packets: null }] },
    })
    await page.getByRole('button', { name: 'Unban and allow 203.0.113.66' }).click()
    await page.getByLabel('Allow for').selectOption('1 week')
    await page.getByLabel('Comment').fill('the office’s new line')
    await page.keyboard.press('Enter')
    await page.getByText('203.0.113.66 is not banned any more. It is in the allow list now.').waitFor()
    expect(server.changes().map(({ query }) => query.toString())).toEqual([
      new URLSearchParams({ allow: 'true', for: '1w', comment: 'the office’s new line' }).toString(),
    ])
  })

  test('a dialog closes with Esc and gives the focus back', async () => {
    const { page, server } = await open({ at: '#/bans' })
    await page.getByRole('button', { name: 'Unban and allow 203.0.113.66' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement === document.body || document.activeElement.closest("dialog") !== null')).toBe(
        true,
      )
    }
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate(focused)).toBe('Unban and allow 203.0.113.66')
    expect(server.changes()).toEqual([])
  })

  test('an address to ban is judged while it is typed', async () => {
    const answers = { 'POST /api/bans': { type: 'ban', ...ban('192.0.2.99') } }
    const { page, server } = await open({ at: '#/bans', answers })
    await page.getByRole('button', { name: 'Ban an address …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('192.0.2.999')
    await dialog.getByText("expected an IP address such as 192.0.2.7 or 2001:db8::7, got '192.0.2.999'").waitFor()
    expect(await dialog.getByRole('button', { name: 'Ban' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Address').fill('192.0.2.99')
    await dialog.getByLabel('For', { exact: true }).selectOption('other …')
    await dialog.getByLabel('Other length').fill('12 hours')
    await dialog.getByText('expected a duration such as 90s, 10m, 1h, 7d, 4w or -1').waitFor()
    await dialog.getByLabel('Other length').fill('12h')
    await dialog.getByRole('button', { name: 'Ban' }).click()
    await page.getByText('192.0.2.99 is banned.').waitFor()
    expect(server.changes().map(({ body }) => body)).toEqual([{ ip: '192.0.2.99', for: '12h' }])
  })

  test('many are unbanned after their number was confirmed; only those that are seen', async () => {
    const gone = { 'DELETE /api/bans/203.0.113.66': [], 'DELETE /api/bans/198.51.100.20': refusal(503, 'ENFORCE_FAILED', 'nft says no') }
    const { page, server } = await open({ at: '#/bans', answers: gone })
    await page.getByRole('checkbox', { name: 'Select all' }).check()
    await page.getByRole('combobox', { name: 'Jail' }).selectOption('sip-auth')
    await page.getByRole('button', { name: 'Unban 2 addresses …' }).click()
    await page.getByRole('dialog', { name: 'Unban 2 addresses?' }).getByRole('button', { name: 'Unban 2 addresses' }).click()
    await page.getByText('1 address unbanned.').waitFor()
    await page.getByText('198.51.100.20: nft says no').waitFor()
    expect(
      server
        .changes()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/api/bans/198.51.100.20', '/api/bans/203.0.113.66'])
  })

  test('up and down go to the same control of the next row', async () => {
    const { page } = await open({ at: '#/bans' })
    await page.getByRole('button', { name: 'Unban and allow 203.0.113.66' }).focus()
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(focused)).toBe('Unban and allow 198.51.100.20')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    expect(await page.evaluate(focused)).toBe('Unban and allow 2001:db8:5::/64')
  })

  test('a long list is drawn in parts', async () => {
    const bans = Array.from({ length: 450 }, (_, i) => ban(`203.0.${113 + Math.floor(i / 250)}.${i % 250}`))
    const { page } = await open({ at: '#/bans', answers: { 'GET /api/bans': bans } })
    await page.getByText('450 in force').waitFor()
    expect(await page.locator('tbody tr').count()).toBe(200)
    await page.getByRole('button', { name: 'Show 200 more' }).click()
    expect(await page.locator('tbody tr').count()).toBe(400)
    await page.getByRole('button', { name: 'Show 50 more' }).click()
    expect(await page.locator('tbody tr').count()).toBe(450)
  })
})
