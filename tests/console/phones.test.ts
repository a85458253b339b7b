import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { useConsole } from './browser.ts'
import { Reply, refusal } from './fake-server.ts'
import { KNOWN, phone } from './known-answers.ts'

describe.skipIf(needs('chromium'))('the page of the phones', () => {
  const openConsole = useConsole()
  const open = (answers: object = {}) => openConsole({ at: '#/phones', answers: { ...KNOWN, ...answers } })
  const extensions = (page: Page) => page.getByRole('table', { name: 'Phones' }).locator('tbody tr td:first-child').allInnerTexts()

  test('finds a phone by its MAC in any spelling', async () => {
    const { page } = await open()
    for (const spelling of ['00:04:13:a1:b2:c3', '0004.13A1.B2C3', '00-04-13-a1', 'snom stale']) {
      await page.getByLabel('Search phones').fill(spelling)
      await expect.poll(() => extensions(page)).toEqual(['1004'])
    }
    await page.getByText('1 of 5 phones').waitFor()
  })

  test.each([
    ['stale', ['1004']],
    ['flapping', ['1003']],
    ['incomplete', ['1003']],
    ['registered', ['1001', '1002', '1003', '1005']],
  ])('shows those that are %s alone', async (state, expected) => {
    const { page } = await open()
    await page.getByLabel('Show').selectOption(state)
    await expect.poll(() => extensions(page)).toEqual(expected)
  })

  test('leads from a firmware to the phones that run it', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: '66.86.0.15 × 1' }).click()
    await expect.poll(() => extensions(page)).toEqual(['1002'])
    await page.getByText('2 versions').waitFor()
  })

  test('moves a phone to another extension, and shows it there', async () => {
    const { page, server } = await open({ 'POST /api/registered-phones/move': { moved: 1 } })
    await page.getByRole('button', { name: 'Move 00:15:65:12:34:33 to another extension' }).click()
    const button = page.getByRole('dialog').getByRole('button', { name: 'Move' })
    expect(await button.isDisabled()).toBe(true)
    await page.getByRole('textbox', { name: 'Extension' }).fill('20 01')
    await page.getByText('An extension has no spaces').waitFor()
    await page.getByRole('textbox', { name: 'Extension' }).fill('2001')
    server.answers['GET /api/registered-phones'] = [phone(1, { extension_number: '2001' })]
    await button.click()
    await page.getByText('00:15:65:12:34:33 belongs to 2001 now.').waitFor()
    await expect.poll(() => extensions(page)).toEqual(['2001'])
    expect(server.changes()[0]?.body).toEqual({ mac: '00:15:65:12:34:33', extension: '2001' })
  })

  test('says beside the field why a phone was not moved', async () => {
    const { page } = await open({ 'POST /api/registered-phones/move': refusal(404, 'NOT_FOUND', 'no phone with this MAC is known') })
    await page.getByRole('button', { name: /^Move 00:15:65:12:34:33/ }).click()
    await page.getByRole('textbox', { name: 'Extension' }).fill('2001')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('no phone with this MAC is known').waitFor()
  })

  test('forgets old phones only after it has said how many', async () => {
    const { page, server } = await open({ 'POST /api/registered-phones/prune': { removed: 1 } })
    await page.getByRole('button', { name: 'Forget old phones …' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Forget 0 phones' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Not for').fill('1 day')
    await dialog.getByText('This is no length of time').waitFor()
    await dialog.getByLabel('Not for').fill('1d')
    await dialog.getByRole('button', { name: 'Forget 1 phone' }).click()
    await page.getByText('1 phone forgotten.').waitFor()
    expect(server.changes().map(({ body }) => body)).toEqual([{ older_than: '1d' }])
  })

  test('forgets those without a MAC', async () => {
    const { page, server } = await open({ 'POST /api/registered-phones/prune': { removed: 1 } })
    await page.getByRole('button', { name: 'Forget old phones …' }).click()
    await page.getByLabel('Those that have shown no MAC').check()
    await page.getByRole('button', { name: 'Forget 1 phone' }).click()
    await page.getByText('1 phone forgotten.').waitFor()
    expect(server.changes().map(({ body }) => body)).toEqual([{ incomplete: true }])
  })

  test.each([
    ['there are no records', new Reply(200, [], { 'X-Sipguard-Degraded': 'records' }), 'To switch them on'],
    ['no phone has registered', [], 'No phone has registered yet.'],
  ])('says what to do where %s', async (_, answer, said) => {
    const { page } = await open({ 'GET /api/registered-phones': answer })
    await page.getByText(said).waitFor()
  })
})
