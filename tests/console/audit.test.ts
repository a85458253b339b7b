import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { AUDIT } from './answers.ts'
import { useConsole } from './browser.ts'
import { type Call, Reply } from './fake-server.ts'

describe.skipIf(needs('chromium'))('the audit', () => {
  const open = useConsole()

  test('says who changed what, when and from where', async () => {
    const { page } = await open({ at: '#/audit' })
    await page.getByRole('row', { name: /laptop 127\.0\.0\.1 unban 203\.0\.113\.5 –/ }).waitFor()
    await page.getByRole('row', { name: /socket unix allow 198\.51\.100\.0\/24 for ever, office/ }).waitFor()
    expect(await page.getByRole('link', { name: '203.0.113.5' }).getAttribute('href')).toBe('#/address/203.0.113.5')
  })

  test('shows older changes when they are asked for, until there are none', async () => {
    const pageOf = ({ query }: Call) =>
      query.get('after') === null ? new Reply(200, AUDIT.slice(0, 2), { 'X-Next-Cursor': '2' }) : new Reply(200, AUDIT.slice(2))
    const { page, server } = await open({ at: '#/audit', answers: { 'GET /api/audit': pageOf } })
    await page.getByRole('button', { name: 'Show older ones' }).click()
    await page.getByRole('row', { name: /login/ }).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(3)
    expect(await page.getByRole('button', { name: 'Show older ones' }).count()).toBe(0)
    expect(server.calls.filter(({ path }) => path === '/api/audit').map(({ query }) => query.get('after'))).toEqual([null, '2'])
  })

  test('is narrowed down to one target by the daemon', async () => {
    const { page, server } = await open({ at: '#/audit' })
    server.answers['GET /api/audit'] = ({ query }: Call) => AUDIT.filter(({ target }) => query.get('target') === target)
    await page.getByLabel('Address, user or token').fill('203.0.113.5')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  })
})
