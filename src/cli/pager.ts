import { spawn } from 'node:child_process'
import { textWidth } from './width.ts'

/** -F: ends by itself where all is on the screen; -R: shows colours; -X: leaves the text there. */
const LESS = 'FRX'

/** Prints a text for people, through their pager where it is longer than the terminal. */
export async function show(text: string): Promise<void> {
  const words = pagerOf(process.env)
  if (words.length === 0 || fitsOn(process.stdout, text) || !(await page(words, text))) console.log(text)
}

/** SIPGUARD_PAGER, else PAGER, else less, as words: no shell reads them. Empty: none, as for `cat` and an empty text. */
export function pagerOf(env: NodeJS.ProcessEnv): string[] {
  const words = (env.SIPGUARD_PAGER ?? env.PAGER ?? `less -${LESS}`).split(/\s+/).filter(Boolean)
  return words[0] === 'cat' || env.TERM === 'dumb' ? [] : words
}

/** Whether a text needs no pager: it goes elsewhere, or leaves a row for the prompt. */
function fitsOn({ isTTY, rows, columns }: NodeJS.WriteStream, text: string): boolean {
  if (!isTTY || !rows || !columns) return true
  const needed = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0)
  return needed < rows
}

/** False where it cannot be started. Who leaves it before the end has seen enough. */
function page([program = '', ...args]: readonly string[], text: string): Promise<boolean> {
  // Ctrl-C is the pager's.
  const ignore = () => {}
  process.on('SIGINT', ignore)
  return new Promise<boolean>((done) => {
    // LESSSECURE: less starts no shell and no editor, which matters where sudo started us.
    const env = { LESS, ...process.env, LESSSECURE: '1' }
    const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'], env })
    child.once('error', () => done(false))
    child.once('close', () => done(true))
    child.stdin.on('error', ignore)
    child.stdin.end(`${text}\n`)
  }).finally(() => process.off('SIGINT', ignore))
}
