import { createInterface } from 'node:readline/promises'

/** Asks on standard error. Anything but yes is no; so is the end of standard input, or a `stop` before the answer. */
export async function askYes(question: string, stop?: Promise<void>): Promise<boolean> {
  // Not as a terminal: Ctrl-C stays a signal.
  const prompt = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const ended = new Promise<string>((done) => prompt.once('close', () => done('')))
  const answers = [prompt.question(`${question} [y/N] `), ended, ...(stop ? [stop.then(() => '')] : [])]
  const answer = await Promise.race(answers)
  prompt.close()
  return /^\s*y(es)?\s*$/i.test(answer)
}
