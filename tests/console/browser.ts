import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { buildConsole, launchChromium } from './chromium.ts'
import { ADMIN, type Answers, type FakeServer, startFakeServer } from './fake-server.ts'

const require = createRequire(import.meta.url)

export const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 800 }
export const AS_ALWAYS = { locale: 'en', timezoneId: 'UTC', reducedMotion: 'reduce', viewport: DESK } as const

export interface OpenOptions {
  /** In place of what the server answers else. */
  readonly answers?: Answers
  /** The page's hash. */
  readonly at?: string
  /** Null: not logged in. */
  readonly token?: string | null
  readonly scheme?: 'dark' | 'light'
  readonly size?: { readonly width: number; readonly height: number }
}

export interface Watched {
  readonly page: Page
  /** What must never happen: scripts that ran, what the policy refused, exceptions, requests to elsewhere. */
  readonly alarms: string[]
}

export interface Opened extends Watched {
  readonly server: FakeServer
}

/** Builds the console and starts Debian's Chromium for the tests of one file; the answer opens pages in it. */
export function useConsole(): (options?: OpenOptions) => Promise<Opened> {
  let browser: Browser
  let dist: string
  const closing: (() => unknown)[] = []

  beforeAll(async () => {
    dist = await mkdtemp(join(tmpdir(), 'sipguard-console-'))
    await buildConsole(dist)
    browser = await launchChromium()
  })
  afterAll(async () => {
    for (const close of closing) await close()
    await browser?.close()
    await rm(dist, { recursive: true })
  })

  return async ({ answers = {}, at = '', token = ADMIN, scheme = 'dark', size = DESK } = {}) => {
    const server = await startFakeServer(dist, answers)
    const context = await browser.newContext({ ...AS_ALWAYS, viewport: size, colorScheme: scheme })
    closing.push(
      () => context.close(),
      () => server.close(),
    )
    const { page, alarms } = await newPage(context, server.url)
    if (token !== null) await context.request.post(`${server.url}api/login`, { data: { token } })
    await page.goto(server.url + at)
    return { page, server, alarms }
  }
}

/** A page that is watched for what hostile text would do, if it were more than text. Payloads call `tripped()`. */
export async function newPage(context: BrowserContext, url: string): Promise<Watched> {
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const alarms: string[] = []
  await page.exposeFunction('tripped', (what: string) => alarms.push(`a script ran: ${what}`))
  await page.addInitScript(`
    for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => tripped(name)
    document.addEventListener('securitypolicyviolation', (e) => tripped('refused by the policy: ' + e.violatedDirective + ' ' + e.blockedURI))
  `)
  page.on('dialog', (dialog) => {
    alarms.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => alarms.push(`an exception: ${error.stack}`))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) alarms.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) alarms.push(`a request to ${request.url()}`)
  })
  return { page, alarms }
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on a page as it stands that is serious or critical. */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`)) as AxeResult
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`))
}

/** No part of the page is wider than the window, unless it scrolls by itself. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
}

/**
 * Goes through a page by Tab alone, once around: every control that can be seen is reached, and can be seen to have the focus.
 * Answers how many there were.
 */
export async function walkByKeyboard(page: Page): Promise<number> {
  const controls = Number(
    await page.evaluate(`{
      document.activeElement.blur()
      window.walk = [...document.querySelectorAll('a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary')]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0)
      window.reached = new Set()
      window.unseen = []
      document.addEventListener('focusin', ({ target }) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(target)
        if (outlineStyle === 'none' || parseFloat(outlineWidth) < 1) unseen.push(target.outerHTML.slice(0, 160))
        reached.add(target)
      })
      walk.length
    }`),
  )
  // Once around may pass the browser's own controls.
  for (let step = 0; step < controls + 3; step++) await page.keyboard.press('Tab')
  const left = 'walk.filter((e) => e.isConnected && !reached.has(e)).map((e) => e.outerHTML.slice(0, 160))'
  expect(await page.evaluate('unseen'), 'controls whose focus cannot be seen').toEqual([])
  expect(await page.evaluate(left), 'controls that Tab does not reach').toEqual([])
  return controls
}

/** Text that wants to be more than text. */
export const HOSTILE: readonly string[] = [
  '<script>tripped("script")</script>',
  '<img src=x onerror=tripped("onerror")>',
  '"><svg onload=tripped("svg")>',
  "' onmouseover='tripped(1)",
  'javascript:tripped("url")',
  '{{constructor.constructor("tripped(1)")()}}',
  '</title><iframe srcdoc="<script>parent.tripped(1)</script>">',
  '\u202egnp.exe\u0000\u001b[31mred\u2028',
]

/** All of it as one value. */
export const ALL_HOSTILE: string = HOSTILE.join(' ')
