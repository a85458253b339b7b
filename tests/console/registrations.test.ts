import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { useConsole } from './browser.ts'
import { refusal } from './fake-server.ts'
import { KNOWN, user1001 } from './known-answers.ts'

describe.skipIf(needs('chromium'))('the pages of registrations and of one user', () => {
  const openConsole = useConsole()
  const open = (answers: object = {}, at = '#/registrations') => openConsole({ at, answers: { ...KNOWN, ...answers } })
  const shown = (page: Page) => page.locator('tbody tr td:first-child').allInnerTexts()

  test('count who is registered, fails and has expired, and show each alone', async () => {
    const { page } = await open()
    const failed = page.getByRole('button', { name: '1 failed' })
    await failed.press('Enter')
    await expect.poll(() => shown(page)).toEqual(['admin@example.com'])
    expect(await failed.getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('button', { name: '3 registered' }).click()
    await expect.poll(() => shown(page)).toEqual(['1001@example.com', '1002@example.com', '1003@example.com'])
  })

  test('count those that are searched for, also by the code they failed with', async () => {
    const { page } = await open()
    await page.getByLabel('Search users').fill('404')
    await expect.poll(() => shown(page)).toEqual(['admin@example.com'])
    await page.getByRole('button', { name: '0 registered' }).click()
    await page.getByText('No user fits.').waitFor()
  })

  test('sort by failures, and lead to the user', async () => {
    const { page } = await open()
    const heading = page.getByRole('button', { name: 'Failures, 24 h' })
    await heading.click()
    await heading.click()
    await expect.poll(async () => (await shown(page)).slice(0, 2)).toEqual(['admin@example.com', '1001@example.com'])
    await page.getByRole('link', { name: '1001@example.com' }).click()
    await page.getByRole('heading', { name: '1001@example.com' }).waitFor()
  })

  test.each([
    ['nobody is known', [], 'No user is known yet.'],
    [
      'nothing is recorded',
      refusal(503, 'RECORDS_OFF', 'nothing is recorded: records: off stands in the configuration'),
      'systemctl restart',
    ],
  ])('say what to do where %s', async (_, answer, said) => {
    const { page } = await open({ 'GET /api/users': answer })
    await page.getByText(said).waitFor()
  })

  test('show of a user where he succeeded, his contacts, and his failures drawn by time', async () => {
    const { page } = await open({}, '#/user/1001%40example.com')
    await page.getByRole('link', { name: '2001:db8::17' }).waitFor()
    await page.getByRole('table', { name: 'Registrations' }).getByText('sip:1001@192.168.1.11:5060').waitFor()
    const chart = page.getByRole('figure', { name: /^Failures, / })
    expect(await chart.allInnerTexts()).toEqual([expect.stringMatching(/failed registration\s+31/)])
    await chart.locator('canvas').waitFor()
  })

  test('show of a user what happened to his devices', async () => {
    const { page } = await open({}, '#/user/1001%40example.com')
    await page.getByLabel('Show').selectOption('change')
    await expect.poll(() => page.locator('.timeline li').allInnerTexts()).toEqual([expect.stringContaining('at 192.0.2.44')])
  })

  test('say of a user who is in no table that he is not known', async () => {
    const recorded = { events: [], bans: [], registrations: [], devices: [], changes: [] }
    const nobody = { ...user1001, user: 'nobody', domain: null, status: null, addresses: [], recorded }
    const { page } = await open({ 'GET /api/users/nobody': nobody }, '#/user/nobody')
    await page.getByText('not known: nobody registered or failed as this user').waitFor()
    await page.getByText('Nothing is recorded.').waitFor()
    expect(await page.getByRole('figure').count()).toBe(0)
  })

  test('say of a user without a name where to type one', async () => {
    const { page } = await open({}, '#/user')
    await page.getByText('No user is named.').waitFor()
  })
})
