import { BLOCKS, readPage, section } from '../docs-pages.ts'
import { TOKEN } from './scene.ts'

/** Commands of the pages, and what is known of those that are not simply run. */

export interface Step {
  readonly page: string
  readonly line: number
  readonly command: string
}

/** Every command of every `sh` block, in the order of the pages. A line that ends in a backslash goes on in the next. */
export const STEPS: readonly Step[] = BLOCKS.filter(({ language }) => language === 'sh').flatMap(({ page, text, line }) =>
  [...text.matchAll(/^(?:.*\\\n)*.*$/gm)].flatMap(({ 0: command, index }) =>
    /^\s*(?:#|$)/.test(command) ? [] : [{ page, line: line + text.slice(0, index).split('\n').length - 1, command }],
  ),
)

/** Those that stand under one heading. */
export function stepsUnder(page: string, heading: string): Step[] {
  const first = readPage(page).split('\n').indexOf(heading) + 1
  const last = first + section(page, heading).split('\n').length
  return STEPS.filter((step) => step.page === page && step.line > first && step.line <= last)
}

/** What cannot be run in a copy of this machine, and why. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  'npm install && npm start': 'asks a registry for packages',
  'npm install && npm test': 'asks a registry for packages, and runs this test',
  'ssh -L 8471:127.0.0.1:8471 root@pbx.example.com': 'needs another machine',
  'dpkg -i dist/sipguard_0.1.0_amd64.deb': 'tests/deb/install.test.ts runs it, in a Debian made from nothing',
  'dpkg -i sipguard_*_amd64.deb': 'the same',
  'npm run audit': 'asks a registry for advisories; tests/package/supply-chain.test.ts runs it',
  'journalctl -u asterisk -o short-iso | sipguard shadow -':
    'needs the journal of a systemd; tests/shadow/verb.test.ts pipes lines into it',
}

/** What ends with another status than 0, as the page says it would. */
export const ENDS_WITH: readonly { readonly commands: RegExp; readonly status: number; readonly why: string }[] = [
  { commands: / --diff /, status: 1, why: "the scene's servers lack what is to be switched on" },
  { commands: /^sipguard doctor/, status: 1, why: 'the scene has something to find: servers that do not log what is needed' },
  { commands: /^sipguard init$/, status: 1, why: 'without a terminal it only shows what it would write' },
]

/** What goes on until it is stopped. */
export const UNTIL_STOPPED = /^(?:sipguard|node bin\/sipguard\.js) watch |^curl -N /

/** What a reader puts in the place of a word in capitals. */
export const PLACEHOLDERS: Readonly<Record<string, string>> = {
  TOKEN,
  '/assets/NAME': '/assets/app.js',
}
