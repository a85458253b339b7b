import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { useConsole } from './browser.ts'
import { READER, refusal } from './fake-server.ts'
import { ATTACKER, KNOWN, tried } from './known-answers.ts'

describe.skipIf(needs('chromium'))('the page of lines that are tried', () => {
  const openConsole = useConsole()

  /** With lines that were typed, and tried by keyboard. */
  async function openTried(answers: object = {}, text = 'one\ntwo\nthree\n') {
    const opened = await openConsole({ at: '#/try', token: READER, answers: { ...KNOWN, ...answers } })
    await opened.page.getByLabel('Log lines').fill(text)
    await opened.page.getByLabel('Log lines').press('Control+Enter')
    return opened
  }

  test('marks each field in its place and names it', async () => {
    const { page } = await openTried()
    const marks = page.locator('.tried li').first().locator('mark')
    await expect.poll(() => marks.allInnerTexts()).toEqual(['1001', 'example.com', ATTACKER, '5071', '403'])
    expect(await page.evaluate('[...document.querySelectorAll(".tried mark")].map((mark) => mark.title)')).toEqual([
      'user',
      'domain',
      'ip',
      'port',
      'code',
    ])
    expect(await page.locator('.tried code').first().textContent()).toBe(tried.lines[0]?.text)
  })

  test('says of each line its rule, whether it counts, and what the jails would do', async () => {
    const { page } = await openTried()
    const lines = page.locator('.tried > li')
    await expect.poll(() => lines.count()).toBe(3)
    const says = (await lines.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))
    expect(says[0]).toContain('failed registration opensips/failed-registration counted unproved')
    expect(says[0]).toContain(`sip-scanner would ban ${ATTACKER} for 1d`)
    expect(says[0]).toContain(`sip-flood would not ban ${ATTACKER}: it is banned already`)
    expect(says[1]).toContain('no rule knows this line')
    expect(says[2]).toContain('not counted no sure address ambiguous')
    await page.getByText('3 lines, 2 known to a rule; 1 ban.').waitFor()
    await page.getByRole('row', { name: `sip-auth ${ATTACKER} 1 of 10 5m` }).waitFor()
  })

  test('shows what is hidden in a line, and that spaces are there', async () => {
    const { page } = await openTried()
    const line = page.locator('.tried > li').nth(1)
    await expect.poll(() => line.locator('.run-control').allInnerTexts()).toEqual(['\\u202e', '\\x1b'])
    expect(await line.locator('.run-space').allTextContents()).toEqual(['  '])
  })

  test('helps with lines that no rule knows, and only with those', async () => {
    const { page } = await openTried()
    await page.getByText('sipguard filter check filters/mysbc.yaml').waitFor()
    const { page: other } = await openTried({ 'POST /api/try': { lines: [tried.lines[0]], decisions: [], windows: [] } })
    await other.getByText('nobody would be banned').waitFor()
    expect(await other.getByText('Lines that no rule knows').count()).toBe(0)
  })

  test('sends what was typed, and the filter that was chosen', async () => {
    const { page, server } = await openTried()
    await page.getByLabel('Filter').selectOption('opensips')
    await page.getByRole('button', { name: 'Try', exact: true }).click()
    await expect
      .poll(() => server.changes().map(({ body }) => body))
      .toEqual([
        { text: 'one\ntwo\nthree\n', filter: null },
        { text: 'one\ntwo\nthree\n', filter: 'opensips' },
      ])
  })

  test.each([
    ['too many lines', 'x\n'.repeat(501), 'These are 501 lines; 500 are tried at once.'],
    ['too long a text', 'ü'.repeat(33_000), 'This is more than the 64 KiB that are tried at once.'],
  ])('does not send %s', async (_, text, fault) => {
    const { page, server } = await openTried({}, text)
    await page.getByText(fault).waitFor()
    expect(await page.getByRole('button', { name: 'Try', exact: true }).isDisabled()).toBe(true)
    expect(server.changes()).toEqual([])
  })

  test('says why lines could not be tried', async () => {
    const { page } = await openTried({ 'POST /api/try': refusal(503, 'INTERNAL', 'a fault of the daemon') })
    await page.getByRole('alert').getByText('a fault of the daemon').waitFor()
  })
})
