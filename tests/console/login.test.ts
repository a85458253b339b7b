import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { axeFindings, expectNoSidewaysScroll, PHONE, useConsole, walkByKeyboard } from './browser.ts'
import { ADMIN, Reply, refusal } from './fake-server.ts'

describe.skipIf(needs('chromium'))('the login', () => {
  const open = useConsole()

  test('a token opens the console, and is kept nowhere that a script can read', async () => {
    const { page, alarms } = await open({ token: null })
    await page.getByLabel('Token').fill(ADMIN)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Now' }).waitFor()
    expect(await page.evaluate('JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])')).toBe('["",{},{}]')
    expect(await page.evaluate('document.documentElement.outerHTML')).not.toContain(ADMIN)
    expect(alarms).toEqual([])
  })

  test('a wrong token is refused in words, and can be typed over at once', async () => {
    const { page } = await open({ token: null })
    await page.getByLabel('Token').fill('guess')
    await page.keyboard.press('Enter')
    await page.getByText('This is not a token that sipguard knows.').waitFor()
    expect(await page.evaluate('document.activeElement === document.querySelector("input")')).toBe(true)
  })

  test('after too many wrong ones it says how long to wait', async () => {
    const { page } = await open({ token: null })
    await page.route('**/api/login', (route) =>
      route.fulfill({ status: 429, headers: { 'Retry-After': '30' }, json: { error: { code: 'TOO_MANY', message: 'too many' } } }),
    )
    await page.getByLabel('Token').fill('guess')
    await page.keyboard.press('Enter')
    await page.getByText('Too many wrong tokens were tried. Try again in 30 seconds.').waitFor()
  })

  test('a session that has ended brings the login back', async () => {
    const { page, server } = await open({ at: '#/bans' })
    await page.getByRole('heading', { name: 'Bans' }).waitFor()
    server.answers['GET /api/allow'] = refusal(401, 'UNAUTHORIZED', 'the session is over')
    await page.getByRole('link', { name: 'Allow list' }).click()
    await page.getByLabel('Token').waitFor()
  })

  test('whoever logs out is asked for a token again, after a reload too', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Token').waitFor()
    await page.reload()
    await page.getByLabel('Token').waitFor()
  })

  test('a daemon that does not answer is said, with what the server refused in its own words', async () => {
    const { page, server } = await open({
      at: '#/bans',
      answers: { 'GET /api/bans': refusal(503, 'STATE_UNUSABLE', 'the state cannot be read') },
    })
    await page.getByText('the state cannot be read').waitFor()
    server.answers['GET /api/bans'] = new Reply(200, [])
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Nobody is banned.').waitFor()
  })

  test.each(['dark', 'light'] as const)('axe finds nothing serious in %s, Tab reaches all, and it fits a phone', async (scheme) => {
    const { page } = await open({ token: null, scheme, size: PHONE })
    await page.getByLabel('Token').fill('x')
    expect(await axeFindings(page)).toEqual([])
    await expectNoSidewaysScroll(page)
    expect(await walkByKeyboard(page)).toBe(2)
  })
})
