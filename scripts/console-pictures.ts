/**
 * Writes docs/console-*.png: the console, built and shown by Chromium, over answers that look like a busy night.
 * Run it again when it has changed: node scripts/console-pictures.ts. Needs Debian's chromium.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ban, FOUND, iso } from '../tests/console/answers.ts'
import { buildConsole, launchChromium } from '../tests/console/chromium.ts'
import { ADMIN, startFakeServer } from '../tests/console/fake-server.ts'
import { ATTACKER, KNOWN } from '../tests/console/known-answers.ts'

const PICTURES = [
  ['now', '#/now', 'dark', 1280, 800],
  ['bans', '#/bans', 'light', 1180, 460],
  ['address', `#/address/${ATTACKER}`, 'dark', 1120, 700],
  ['phone', '#/now', 'dark', 390, 844],
] as const

const dist = mkdtempSync(join(tmpdir(), 'sipguard-console-'))
await buildConsole(dist)
const browser = await launchChromium()
const server = await startFakeServer(dist, KNOWN)

for (const [name, at, colorScheme, width, height] of PICTURES) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en', reducedMotion: 'reduce' })
  await context.request.post(`${server.url}api/login`, { data: { token: ADMIN } })
  const page = await context.newPage()
  await page.goto(server.url + at)
  await page.getByText('Live', { exact: true }).first().waitFor()
  await page.waitForLoadState('load')
  await page.locator('main h1').first().waitFor()
  sendNight()
  if (at === '#/now') await page.getByText('domain_not_found').first().waitFor()
  const path = join(import.meta.dirname, `../docs/console-${name}.png`)
  await page.screenshot({ path })
  await context.close()
  console.log(path)
}

await browser.close()
server.close()
rmSync(dist, { recursive: true })

/** What comes in within a minute or two, the newest last. */
function sendNight(): void {
  const found = (ip: string, seconds: number, fields: object) => server.send('found', { ...FOUND, ip, at: iso(-1000 * seconds), ...fields })
  const knock = {
    kind: 'door_knock',
    reason: 'domain_not_found',
    code: null,
    user: null,
    domain: null,
    rule: 'knock',
    user_agent: 'eyeBeam release 3006o',
  }
  for (let i = 0; i < 4; i++) found('203.0.113.66', 90 - i, { user: String(1001 + i) })
  server.send('ban', { type: 'ban', ...ban('203.0.113.66', { at: iso(-86_000), nth: 2 }) })
  found('2001:db8:5::9', 70, knock)
  found('2001:db8:5::9', 69, knock)
  server.send('ban', {
    type: 'ban',
    ...ban('2001:db8:5::9', { at: iso(-68_000), scope: 'prefix', prefix: '2001:db8:5::/64', jail: 'sip-knock' }),
  })
  server.send('unban', { type: 'unban', ...ban('203.0.113.5', { at: iso(-55_000) }) })
  found('203.0.113.99', 31, { user: 'admin' })
  server.send('notice', { type: 'notice', message: 'the rules were flushed by somebody else; placed again', at: iso(-20_000) })
  found('203.0.113.99', 12, { user: 'admin' })
  found('203.0.113.99', 5, knock)
}
