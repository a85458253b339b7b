import { beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import {
  axeFindings,
  expectNoSidewaysScroll,
  HOSTILE,
  type Opened,
  type OpenOptions,
  PHONE,
  useConsole,
  walkByKeyboard,
} from './browser.ts'
import { READER, refusal } from './fake-server.ts'
import { ATTACKER, hostile, KNOWN, OFFICE } from './known-answers.ts'

/** What holds of every page about what is known, whoever looks at it and whatever was recorded. */

const PAGES = [
  ['a banned address', `#/address/${ATTACKER}`, 'Why'],
  ['an address of phones', `#/address/${OFFICE}`, 'Why it is not banned'],
  ['a user', '#/user/1001%40example.com', 'What happened'],
  ['the phones', '#/phones', 'Firmware'],
  ['the registrations', '#/registrations', 'Registrations'],
  ['lines that are tried', '#/try', 'Left counted at the end'],
] as const

describe.skipIf(needs('chromium'))('the pages of what is known', () => {
  const openConsole = useConsole()

  describe.each(PAGES)('%s', (_, at, heading) => {
    /** The page with everything that it shows. */
    async function open(options: OpenOptions = {}): Promise<Opened> {
      const opened = await openConsole({ at, answers: KNOWN, ...options })
      const { page } = opened
      if (at === '#/try') {
        await page.getByLabel('Log lines').fill('opensips[812]: a line')
        await page.getByRole('button', { name: 'Try', exact: true }).click()
      }
      await page.getByRole('heading', { name: heading, exact: true }).waitFor()
      await page.evaluate('for (const closed of document.querySelectorAll("details")) closed.open = true')
      return opened
    }

    describe('as it is', () => {
      let opened: Opened
      beforeAll(async () => {
        opened = await open()
      })

      test('is walked through by keyboard, and the focus is seen', async () => {
        expect(await walkByKeyboard(opened.page)).toBeGreaterThan(10)
      })

      test('has nothing serious for axe in the dark', async () => {
        expect(await axeFindings(opened.page)).toEqual([])
      })

      test('fits a phone, and has nothing serious for axe in the light', async () => {
        await opened.page.emulateMedia({ colorScheme: 'light' })
        await opened.page.setViewportSize(PHONE)
        await expectNoSidewaysScroll(opened.page)
        expect(await axeFindings(opened.page)).toEqual([])
      })

      test('does nothing that its policy refuses', () => {
        expect(opened.alarms).toEqual([])
      })
    })

    test('shows hostile text as text, with nothing hidden in it, and in its place', async () => {
      const { page, alarms } = await open({ answers: hostile(KNOWN) })
      const shown = String(await page.evaluate('document.body.innerText'))
      expect(shown).toContain(HOSTILE[0])
      expect(shown).toContain('\\u202egnp.exe\\x00\\x1b[31mred\\u2028')
      expect(shown).not.toMatch(/[\u202e\0\x1b\u2028]/)
      for (const control of await page.locator('main :is(a, button, summary)').all()) await control.dispatchEvent('mouseover')
      await expectNoSidewaysScroll(page)
      await page.setViewportSize(PHONE)
      await expectNoSidewaysScroll(page)
      expect(alarms).toEqual([])
    })

    test('offers a reader nothing that changes anything', async () => {
      const { page } = await open({ token: READER })
      expect(
        await page
          .locator('main')
          .getByRole('button', { name: /ban|allow|move|forget/i })
          .count(),
      ).toBe(0)
    })
  })

  test.each(PAGES.slice(1, 5))('%s says why it cannot be shown, and is asked for again', async (_, at, heading) => {
    const away = Object.fromEntries(Object.keys(KNOWN).map((route) => [route, refusal(503, 'RECORDS_UNAVAILABLE', 'the database is away')]))
    const { page, server } = await openConsole({ at, answers: away })
    await page.getByRole('alert').getByText('the database is away').waitFor()
    Object.assign(server.answers, KNOWN)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })
})
