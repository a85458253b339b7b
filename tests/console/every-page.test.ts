import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { ACTIVITY, ALLOWED, AUDIT, ban, FOUND, iso, STATUS } from './answers.ts'
import { ALL_HOSTILE, axeFindings, expectNoSidewaysScroll, PHONE, useConsole, walkByKeyboard } from './browser.ts'
import { READER } from './fake-server.ts'

/** What holds of the first page, of bans, allow list and audit alike. */
const PAGES = [
  ['#/now', 'Sources'],
  ['#/bans', 'Remaining'],
  ['#/allow', 'branch in Hamburg'],
  ['#/audit', 'unban'],
] as const

const X = ALL_HOSTILE

/** Every text of every answer is hostile, also those that no attacker can write. */
const HOSTILE_ANSWERS = {
  'GET /api/status': {
    ...STATUS,
    version: X,
    sources: STATUS.sources.map((source, i) => ({ ...source, name: `${X}${i}`, remedy: X, trouble: i === 0 ? X : null })),
    degraded: [{ what: X, since: iso(0), remedy: X }],
    enforcement: { ...STATUS.enforcement, backend: X },
  },
  'GET /api/activity': {
    ...ACTIVITY,
    kinds: { [X]: ACTIVITY.bans },
    attackers: ACTIVITY.attackers.map((row) => ({ ...row, ip: `${X}${row.ip}`, country: X, as_name: X })),
    targets: ACTIVITY.targets.map((row) => ({ ...row, user: `${X}${row.user}` })),
  },
  'GET /api/bans': [ban(X, { jail: X, country: X, as_name: X, prefix: X, scope: 'prefix' })],
  'GET /api/allow': [{ ...ALLOWED[0], cidr: X, comment: X }],
  'GET /api/audit': [{ ...AUDIT[0], who: X, from: X, action: X, target: X, detail: X }],
}

const TEXTS = [
  'type',
  'ip',
  'user',
  'domain',
  'user_agent',
  'reason',
  'rule',
  'filter',
  'kind',
  'jail',
  'why',
  'alert',
  'key',
  'detail',
  'message',
]
const HOSTILE_REPORT = Object.fromEntries(TEXTS.map((name) => [name, X]))

describe.skipIf(needs('chromium'))('every page', () => {
  const open = useConsole()
  const settled = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor()

  test.each(PAGES)('%s has nothing serious for axe in dark and light, is worked by keyboard alone, and fits a phone', async (at, text) => {
    const { page, alarms } = await open({ at, scheme: 'dark' })
    await settled(page, text)
    expect(await axeFindings(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await axeFindings(page)).toEqual([])
    expect(await walkByKeyboard(page)).toBeGreaterThan(10)
    for (const width of [900, 768, PHONE.width]) {
      await page.setViewportSize({ ...PHONE, width })
      await expectNoSidewaysScroll(page)
    }
    expect(await axeFindings(page)).toEqual([])
    expect(alarms).toEqual([])
  })

  test.each(PAGES)('%s shows hostile text as text', async (at) => {
    const { page, server, alarms } = await open({ at, answers: HOSTILE_ANSWERS })
    await page.getByText('<script>tripped("script")</script>').last().waitFor()
    await expect.poll(() => server.listeners()).toBe(1)
    for (const type of ['found', 'ban', 'unban', 'skip', 'alert', 'notice']) server.send(type, { ...HOSTILE_REPORT, type, at: iso(0) })
    server.send('found', FOUND)
    if (at === '#/now') await page.getByText('friendly-scanner').waitFor()
    await page.evaluate(
      `for (const e of document.querySelectorAll('main *')) e.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))`,
    )
    await expectNoSidewaysScroll(page)
    const shown = String(await page.evaluate('document.body.innerText'))
    expect(shown).toContain('\\u202egnp.exe\\x00\\x1b[31mred\\u2028')
    expect(shown).not.toMatch(/[\u202e\0\x1b\u2028]/)
    expect(alarms).toEqual([])
  })

  test.each(PAGES)('%s offers a reader nothing that changes anything', async (at, text) => {
    const { page } = await open({ at, token: READER })
    await settled(page, text)
    await page.getByText('(read only)').waitFor()
    expect(
      await page
        .getByRole('button', { name: /^(un)?ban|allow|remove|import/i, disabled: false })
        .filter({ hasNotText: /^Bans$/ })
        .count(),
    ).toBe(0)
    expect(await page.getByRole('checkbox').count()).toBe(0)
  })

  test('the navigation tells where one is, and a new page has the focus', async () => {
    const { page } = await open({ at: '#/bans' })
    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByRole('heading', { name: 'Audit' }).waitFor()
    expect(await page.getByRole('link', { name: 'Audit' }).getAttribute('aria-current')).toBe('page')
    expect(await page.title()).toBe('Audit · sipguard')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('MAIN')
  })

  test.each([
    ['  [2001:DB8:0::9] ', '#/address/2001%3Adb8%3A%3A9'],
    ['1001@example.com', '#/user/1001%40example.com'],
  ])('the field above leads from %s to %s', async (typed, hash) => {
    const { page } = await open({ at: '#/bans' })
    await page.getByLabel('Go to an address or user').fill(typed)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('location.hash')).toBe(hash)
  })
})
