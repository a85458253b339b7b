import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PlacedBanJson } from '../../src/api/records-wire.ts'
import { eventually } from '../daemon/watching.ts'
import { needs } from '../require.ts'
import { ALL_HOSTILE, HOSTILE, type Watched } from './browser.ts'
import { useRealDaemon } from './real-daemon.ts'

/** A user, for a server that lets him hold no space. */
const USER = `"><img/src=x/onerror=tripped('user')>\u202e`
/** Without what would begin a new field of the line. */
const TEXT = ALL_HOSTILE.replaceAll('\0', '')
const CONTACT = `<javascript:tripped('contact')>;x="<svg/onload=tripped('contact')>"`

/** What each server logs of a caller who puts hostile text wherever he may. */
const ATTACKS: readonly (readonly [server: string, ip: string, line: string])[] = [
  [
    'OpenSIPS',
    '192.0.2.1',
    `opensips[812]: WARNING:Auth failed: ip=192.0.2.1:5060 proto=tcp method=REGISTER rc=-2 user=${USER} realm=${USER} ua=${TEXT}`,
  ],
  [
    'Kamailio',
    '192.0.2.2',
    `kamailio[813]: WARNING: {1 REGISTER} <script>: Auth failed: ip=192.0.2.2:5060 proto=tcp method=REGISTER rc=-2 user=${USER} realm=${USER} ua=${TEXT}`,
  ],
  [
    'Asterisk',
    '192.0.2.3',
    `asterisk[814]: NOTICE[1638]: res_pjsip/pjsip_distributor.c:722 in log_failed_request: Request 'REGISTER' from '"${TEXT.replaceAll('"', '')}" <sip:${USER.replace(/["<>]/g, '')}@example.com>' failed for '192.0.2.3:5062' (callid: ${HOSTILE[0]}) - No matching endpoint found`,
  ],
  [
    'FreeSWITCH',
    '192.0.2.4',
    `freeswitch[815]: 2026-01-15 10:30:45.123456 96.83% [WARNING] sofia_reg.c:1787 SIP auth failure (REGISTER) on sofia profile 'internal' for [${USER}@${HOSTILE[1]}] from ip 192.0.2.4`,
  ],
]
const PHONE = '198.51.100.20'
const REGISTERED = `opensips[812]: NOTICE:Registered: ip=${PHONE}:5060 proto=tcp expires=600 user=1001 domain=example.com contact=${CONTACT} ua=${TEXT}`

const syslog = (line: string) => `${new Date().toISOString().replace('Z', '000+00:00')} sbc1 ${line}\n`

describe.skipIf(needs('root', 'ip', 'nft', 'chromium'))('hostile text that comes through the log of a real daemon', () => {
  const daemon = useRealDaemon()
  let opened: Watched
  let page: Page

  beforeAll(async () => {
    opened = await daemon.open(await daemon.token('laptop'), '#/now')
    page = opened.page
    for (const [, , line] of ATTACKS) daemon.append(syslog(line).repeat(10))
    daemon.append(syslog(REGISTERED))
    await daemon.call('POST', '/api/allow', { cidr: '203.0.113.9', comment: TEXT.slice(0, 200) })
    await eventually(async () => expect(await daemon.call<PlacedBanJson[]>('GET', '/api/bans')).toHaveLength(ATTACKS.length))
  })

  /** The page shows this text, and none of it does anything, or hides. */
  async function expectShown(at: string, ...texts: readonly string[]) {
    if (at !== '#/now') await page.goto(daemon.url + at)
    const text = () =>
      page.evaluate('for (const closed of document.querySelectorAll("details")) closed.open = true; document.body.innerText')
    for (const wanted of texts) await expect.poll(text).toContain(wanted)
    await page.evaluate(
      `for (const e of document.querySelectorAll('main *')) e.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))`,
    )
    expect(await text()).not.toMatch(/[\u202e\0\x1b\u2028]/)
    expect(await page.locator('main :is(script, img, iframe, [href^="javascript:" i], [onload], [onerror], [onmouseover])').count()).toBe(0)
    expect(opened.alarms).toEqual([])
  }

  test('is told live as text', async () => {
    await expectShown('#/now', HOSTILE[0]!, `onerror=tripped('user')>\\u202e`)
  })

  test.each(ATTACKS)('stands on the page of an attacker of %s as it stood in the line', async (_, ip, line) => {
    await expectShown(`#/address/${ip}`, 'sip-auth')
    const counted = page.getByRole('article').locator('code')
    await expect.poll(() => counted.count()).toBe(10)
    const shown = line.replace(/[\u202e\x1b\u2028]/g, (c) => (c === '\x1b' ? '\\x1b' : `\\u${c.charCodeAt(0).toString(16)}`))
    expect(await counted.first().textContent()).toContain(shown)
  })

  test.each([
    ['an address of phones', `#/address/${PHONE}`, [HOSTILE[0]!, 'javascript:tripped']],
    ['a user of that name', `#/user/${encodeURIComponent(`${USER}@${USER}`)}`, [`onerror=tripped('user')>\\u202e`]],
    ['a user who registered', '#/user/1001%40example.com', [HOSTILE[0]!, 'javascript:tripped']],
    ['the phones', '#/phones', ['1001']],
    ['the registrations', '#/registrations', [`onerror=tripped('user')>\\u202e`]],
    ['the bans', '#/bans', ['192.0.2.4']],
    ['the allow list', '#/allow', [HOSTILE[0]!]],
    ['the audit', '#/audit', [HOSTILE[0]!]],
  ] as const)('is text on %s', async (_, at, texts) => {
    await expectShown(at, ...texts)
  })

  test('is text where it is tried', async () => {
    await page.goto(`${daemon.url}#/try`)
    await page.getByLabel('Log lines').fill([...ATTACKS.map(([, , line]) => line), REGISTERED].map(syslog).join(''))
    await page.getByRole('button', { name: 'Try', exact: true }).click()
    await page.getByText('5 lines, 5 known to a rule').waitFor()
    await expectShown('#/try', HOSTILE[0]!, HOSTILE[1]!)
  })
})
