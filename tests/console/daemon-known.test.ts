import { statSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PlacedBanJson } from '../../src/api/records-wire.ts'
import { chatter, failure, success } from '../daemon/lines.ts'
import { eventually } from '../daemon/watching.ts'
import { needs } from '../require.ts'
import type { Watched } from './browser.ts'
import { useRealDaemon } from './real-daemon.ts'

const ATTACKER = '192.0.2.66'
const OFFICE = '198.51.100.20'

describe.skipIf(needs('root', 'ip', 'nft', 'chromium'))('what a real daemon knows, in the console', () => {
  const daemon = useRealDaemon()
  /** Each with where it begins in the log. */
  const counted: { readonly text: string; readonly offset: number }[] = []
  let opened: Watched
  let page: Page

  beforeAll(async () => {
    for (let i = 0; i < 10; i++) {
      const line = failure(ATTACKER, { user: `${1001 + i}` })
      counted.push({ text: line.trimEnd(), offset: statSync(daemon.log).size })
      daemon.append(`${line}${chatter(`nobody's failure, ${'ü'.repeat(i)}`)}`)
    }
    daemon.append(success(OFFICE, { user: '1001' }))
    await eventually(async () => expect(await daemon.call<PlacedBanJson[]>('GET', '/api/bans')).toHaveLength(1))
    opened = await daemon.open(await daemon.token('laptop'), `#/address/${ATTACKER}`)
    page = opened.page
  })

  test('an address: why it is banned, with the text, the file and the offset of each line as they are in the log', async () => {
    const ban = page.getByRole('article')
    await ban.getByRole('heading', { name: 'sip-auth' }).waitFor()
    const facts = (await ban.locator('dl').first().allInnerTexts()).join().replace(/\s+/g, ' ')
    expect(facts).toContain('10 within 5m, then 1h')
    expect(facts).toContain('nftables: confirmed by the kernel 0 packets dropped')
    const lines = await ban.getByRole('listitem').all()
    expect(lines).toHaveLength(10)
    for (const [i, line] of lines.entries()) {
      const { text, offset } = counted[i]!
      expect(await line.locator('code').textContent()).toBe(text)
      expect(await line.textContent()).toContain(`${daemon.log}, byte ${offset.toLocaleString('en')}`)
    }
  })

  test('an address that is not banned: why not, and who is known to be there', async () => {
    await page.goto(`${daemon.url}#/address/${OFFICE}`)
    await page.getByRole('heading', { name: 'Why it is not banned' }).waitFor()
    await page.locator('dl').getByRole('link', { name: '1001@example.com' }).waitFor()
  })

  test('a user who registered and failed: his contact, where he succeeded, and his failures', async () => {
    await page.goto(`${daemon.url}#/user/1001%40example.com`)
    await page.getByRole('table', { name: 'Registrations' }).getByText(`sip:1001@${OFFICE}`).waitFor()
    await page.locator('dl').getByRole('link', { name: OFFICE }).waitFor()
    const chart = page.getByRole('figure', { name: /^Failures, / })
    await expect.poll(() => chart.allInnerTexts()).toEqual([expect.stringMatching(/failed registration\s+1\b/)])
  })

  test('the users: who is registered and who fails', async () => {
    await page.goto(`${daemon.url}#/registrations`)
    await page.getByRole('row', { name: /^1001@example\.com registered 1 / }).waitFor()
    await page.getByRole('row', { name: /^1010@example\.com failed 0 .* 403 1$/ }).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(10)
  })

  test('lines of the log that are tried: what is in them, and what the jails would do', async () => {
    await page.goto(`${daemon.url}#/try`)
    const free = counted.map(({ text }) => text.replace(ATTACKER, '203.0.113.5'))
    await page.getByLabel('Log lines').fill([...free, chatter('hello')].join('\n'))
    await page.getByRole('button', { name: 'Try', exact: true }).click()
    const lines = page.locator('.tried > li')
    await expect.poll(() => lines.count()).toBe(11)
    expect(await lines.first().locator('code').textContent()).toBe(free[0])
    expect(await lines.first().locator('mark').allInnerTexts()).toEqual(['1001', 'example.com', '203.0.113.5', '5060', '403', 'Forbidden'])
    const says = (await lines.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))
    expect(says[0]).toContain('failed registration opensips/failed-registration counted unproved')
    expect(says[9]).toContain('sip-auth would ban 203.0.113.5 for 1h')
    expect(says[10]).toContain('no rule knows this line')
    await page.getByText('11 lines, 10 known to a rule; 1 ban.').waitFor()
    expect(daemon.inKernel()).not.toContain('203.0.113.5')
  })

  test('has tripped no alarm', () => {
    expect(opened.alarms).toEqual([])
  })
})
