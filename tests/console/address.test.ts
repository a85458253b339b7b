import { describe, expect, test } from 'vitest'
import type { AddressJson } from '../../src/api/records-wire.ts'
import { needs } from '../require.ts'
import { useConsole } from './browser.ts'
import { refusal } from './fake-server.ts'
import { ATTACKER, attacker, KNOWN, OFFICE, whyAttacker } from './known-answers.ts'

const FREE: AddressJson = { ...attacker, bans: [] }
const WHY_NOT = { ip: ATTACKER, banned: false, cause: 'lifted', text: `The ban of ${ATTACKER} was lifted by laptop.`, remedy: null }

describe.skipIf(needs('chromium'))('the page of an address', () => {
  const openConsole = useConsole()
  const open = (answers: object = {}, at = `#/address/${ATTACKER}`) => openConsole({ at, answers: { ...KNOWN, ...answers } })

  test('says by which jail and window it is banned, and whether the kernel has it', async () => {
    const { page } = await open()
    const ban = page.getByRole('article')
    await ban.getByRole('heading', { name: 'sip-auth' }).waitFor()
    const text = (await ban.allInnerTexts()).join()
    for (const said of ['10 within 5m, then 1h', 'unproved: over UDP', 'nftables: confirmed by the kernel 1,834 packets dropped']) {
      expect(text.replace(/\s+/g, ' ')).toContain(said)
    }
  })

  test('shows each line that counted with its file and offset, and says where a text is gone', async () => {
    const { page } = await open()
    const lines = page.getByRole('article').getByRole('listitem')
    await expect.poll(() => lines.count()).toBe(10)
    const texts = await lines.allInnerTexts()
    expect(texts[0]).toContain('/var/log/opensips/opensips.log, byte 48,211')
    expect(texts[0]).toContain('REGISTER: Failed registration logged to database')
    expect(texts[3]).toContain('The text is not here')
  })

  test('shows what was not counted, by reason, when it is opened', async () => {
    const { page } = await open()
    const line = page.getByText(`opensips[812]: Door-knock blocked: ${ATTACKER}`)
    await page.getByText('10 lines: another line says the same of the same request').press('Enter')
    await line.waitFor()
  })

  test('says that the kernel does not have a ban that should be there', async () => {
    const [ban] = whyAttacker.bans
    const bans = [{ ...ban, firewall: { backend: 'nftables', verified: false, packets: null } }]
    const { page } = await open({ [`GET /api/why/${ATTACKER}`]: { ...whyAttacker, bans } })
    await page.getByText('not in the kernel').waitFor()
  })

  test('tells how a ban ended that is over, what armed its jail, and which lines another node has counted', async () => {
    const [ban] = whyAttacker.bans
    const line = { ...ban!.lines[0]!, ...{ source: null, offset: null, text: null, kind: null, rule: null, user: null } }
    const past = { ...ban, lifted_at: ban!.at, lifted_by: 'fleet', lines: [line], armed_by: ban!.lines.slice(0, 2) }
    const { page } = await open({ [`GET /api/why/${ATTACKER}`]: { ...whyAttacker, verdict: 'was-banned', bans: [past] } })
    const article = page.getByRole('article')
    await article.getByText('by another node', { exact: true }).waitFor()
    await article.getByText('counted by another node').waitFor()
    await article.getByText('2 lines that made the jail watch this user more closely').click()
    await article.getByText('1002@example.com from').waitFor()
  })

  test('says why an address is not banned, and what to do', async () => {
    const { page } = await open({}, `#/address/${OFFICE}`)
    await page.getByText('its failures are counted in the statistics only').waitFor()
    await page.getByText('sipguard allow rm 198.51.100.0/24').waitFor()
    await page.locator('dl').getByRole('link', { name: '1002@example.com' }).waitFor()
  })

  test('unbans, says what that did, and shows what is so afterwards', async () => {
    const lifted = [{ ...attacker.bans[0], phones: [], packets: 1834 }]
    const { page, server } = await open({ [`DELETE /api/bans/${ATTACKER}`]: lifted })
    const button = page.getByRole('button', { name: 'Unban', exact: true })
    await button.waitFor()
    Object.assign(server.answers, { [`GET /api/addresses/${ATTACKER}`]: FREE, [`GET /api/why-not/${ATTACKER}`]: WHY_NOT })
    await button.click()
    await page.getByText(`${ATTACKER} is not banned any more; 1,834 packets had been dropped.`).waitFor()
    await page.getByText(WHY_NOT.text).waitFor()
    await button.waitFor({ state: 'detached' })
  })

  test('unbans and allows for as long as is chosen, and has the focus back', async () => {
    const { page, server } = await open({ [`DELETE /api/bans/${ATTACKER}`]: [] })
    const button = page.getByRole('button', { name: 'Unban and allow …' })
    await button.click()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Unban and allow …')
    await button.click()
    await page.getByLabel('Allow for').selectOption('1w')
    await page.getByLabel('Comment').fill('the hotel')
    await page.getByRole('dialog').getByRole('button', { name: 'Unban and allow' }).click()
    await page.getByText('It is in the allow list now.').waitFor()
    expect(Object.fromEntries(server.changes()[0]?.query ?? [])).toEqual({ allow: 'true', for: '1w', comment: 'the hotel' })
  })

  test('bans one that is not banned', async () => {
    const { page, server } = await open({
      [`GET /api/addresses/${ATTACKER}`]: FREE,
      [`GET /api/why-not/${ATTACKER}`]: WHY_NOT,
      'POST /api/bans': { type: 'ban', ...attacker.bans[0] },
    })
    await page.getByRole('button', { name: 'Ban …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click()
    await page.getByText(`${ATTACKER} is banned.`).waitFor()
    expect(server.changes()[0]?.body).toEqual({ ip: ATTACKER, for: '1d' })
  })

  test('is told anew when something happens to the address, and to no other', async () => {
    const { page, server } = await open({ [`GET /api/addresses/${ATTACKER}`]: FREE, [`GET /api/why-not/${ATTACKER}`]: WHY_NOT })
    await page.getByText(WHY_NOT.text).waitFor()
    await expect.poll(() => server.listeners()).toBe(1)
    server.answers[`GET /api/addresses/${ATTACKER}`] = attacker
    server.send('ban', { type: 'ban', ...attacker.bans[0] })
    await page.getByRole('button', { name: 'Unban', exact: true }).waitFor()
    await page.getByText(WHY_NOT.text).waitFor({ state: 'detached' })
  })

  test('narrows what happened down to bans', async () => {
    const { page } = await open()
    await page.getByLabel('Show').selectOption('ban')
    const moments = page.locator('.timeline li')
    await expect
      .poll(() => moments.allInnerTexts())
      .toEqual([
        expect.stringContaining('Banned by sip-auth for 1h'),
        expect.stringContaining('was lifted'),
        expect.stringContaining('Banned by sip-auth for 1h'),
      ])
  })

  test('says how to record, where nothing is, and explains all the same', async () => {
    const nothing = { ...attacker, recorded: null, records_trouble: 'records: off stands in the configuration' }
    const { page } = await open({ [`GET /api/addresses/${ATTACKER}`]: nothing })
    await page.getByText('records: off stands in the configuration').waitFor()
    await page.getByText('systemctl restart sipguard').waitFor()
    await page.getByRole('article').waitFor()
  })

  test('asks once about what is no address, and says what is wrong', async () => {
    const fault = refusal(400, 'ADDRESS_INVALID', "expected an IP address, got 'nobody'")
    const { page, server } = await open({ 'GET /api/addresses/nobody': fault }, '#/address/nobody')
    await page.getByText("expected an IP address, got 'nobody'").waitFor()
    expect(server.calls.filter(({ path }) => path.endsWith('nobody')).map(({ path }) => path)).toEqual(['/api/addresses/nobody'])
  })
})
