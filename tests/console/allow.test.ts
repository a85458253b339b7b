import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { ALLOWED } from './answers.ts'
import { axeFindings, useConsole } from './browser.ts'
import { type Call, refusal } from './fake-server.ts'

describe.skipIf(needs('chromium'))('the allow list', () => {
  const open = useConsole()

  test('says of a network while it is typed what is wrong, how it will be written, and how much it holds', async () => {
    const { page, server } = await open({ at: '#/allow', answers: { 'POST /api/allow': ALLOWED[0] } })
    await page.getByRole('button', { name: 'Allow an address …' }).click()
    const dialog = page.getByRole('dialog')
    const field = dialog.getByLabel('Address or network')
    await field.fill('10.1.2.3/33')
    await dialog.getByText("expected a prefix length of 0 to 32 after '/', got '33'").waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await axeFindings(page)).toEqual([])
    await field.fill('sip.example.com')
    await dialog.getByText("'sip.example.com' is a name; expected an address, for names may change").waitFor()
    expect(await dialog.getByRole('button', { name: 'Allow' }).isDisabled()).toBe(true)
    await field.fill('10.1.2.3/20')
    await dialog.getByText('Will be written as 10.1.0.0/20. 4,096 addresses.').waitFor()
    await dialog.getByLabel('Comment').fill('office')
    await field.press('Enter')
    await page.getByText('198.51.100.0/24 is in the allow list. Bans inside it were lifted.').waitFor()
    expect(server.changes().map(({ body }) => body)).toEqual([{ cidr: '10.1.2.3/20', for: '-1', comment: 'office' }])
  })

  test('an entry is removed after it was confirmed, and Cancel changes nothing', async () => {
    const { page, server } = await open({ at: '#/allow', answers: { 'DELETE /api/allow/198.51.100.0/24': { removed: '198.51.100.0/24' } } })
    const remove = page.getByRole('button', { name: 'Remove 198.51.100.0/24' })
    await remove.click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(server.changes()).toEqual([])
    await remove.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('198.51.100.0/24 is not in the allow list any more.').waitFor()
    expect(server.changes()).toHaveLength(1)
  })

  test('goes out as CSV, and the same file is taken in again', async () => {
    const { page } = await open({ at: '#/allow' })
    await page.getByText('office').waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()])
    expect(download.suggestedFilename()).toBe('allow-list.csv')
    const path = await download.path()
    expect(readFileSync(path, 'utf8').split('\r\n')).toEqual([
      'cidr,until,comment',
      '198.51.100.0/24,,office',
      '2001:db8:aa::/48,,branch in Hamburg',
      `203.0.113.10,${ALLOWED[2]?.until},"hotel, Mrs Berg"`,
    ])
    await page.getByRole('button', { name: 'Import CSV …' }).click()
    await page.getByLabel('File').setInputFiles(path)
    await page.getByRole('button', { name: 'Add 3 entries' }).waitFor()
  })

  test('CSV is shown before it is taken, its faults by line; the good lines are taken', async () => {
    const answers = {
      'POST /api/allow': ({ body }: Call) =>
        (body as { cidr: string }).cidr === '192.0.2.9'
          ? refusal(503, 'STATE_UNUSABLE', 'the disk is full')
          : { ...ALLOWED[0], ...(body as object) },
    }
    const { page, server } = await open({ at: '#/allow', answers })
    await page.getByRole('button', { name: 'Import CSV …' }).click()
    await page
      .getByLabel('Or text')
      .fill('cidr,until,comment\n192.0.2.0/29,1d,carrier\nlocalhost,,\n192.0.2.9,,<img src=x onerror=tripped(1)>')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 line is wrong and will be left out:').waitFor()
    await dialog.getByText("line 3: 'localhost' is a name").waitFor()
    await dialog.getByText('<img src=x onerror=tripped(1)>').last().waitFor()
    await dialog.getByRole('button', { name: 'Add 2 entries' }).click()
    await page.getByText('1 entry added.').waitFor()
    await page.getByText('192.0.2.9: the disk is full').waitFor()
    expect(server.changes()[0]?.body).toEqual({ cidr: '192.0.2.0/29', for: '1d', comment: 'carrier' })
  })

  test('says of an empty list what it is for', async () => {
    const { page } = await open({ at: '#/allow', answers: { 'GET /api/allow': [] } })
    await page.getByText('The list is empty.').waitFor()
  })
})
