import { type ChildProcess, spawn } from 'node:child_process'
import { toolEnvironment } from './machine.ts'
import { killGroup } from './program.ts'

/** Nothing can be asked of this nft any more. */
export class NftGone extends Error {}

interface Question {
  readonly acknowledgement: string
  readonly resolve: (errors: readonly string[]) => void
  readonly reject: (error: NftGone) => void
}

/**
 * One `nft -i`. Each input line is one transaction, and its errors come on stderr, but nothing is said when it went well. So each
 * line is followed by a deliberate syntax error that names itself (`ack17x`): nft works in order, so when that comes back everything
 * before it is done, and the errors since the last one belong to this line. One question at a time.
 */
export class NftSession {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #transcript = ''
  #question: Question | null = null
  #asked = 0
  /** Why it is gone, or null while it lives. */
  gone: string | null = null
  /** Characters sent so far. nft keeps each line as its history. */
  sent = 0

  constructor(command: readonly string[]) {
    const argv = [...command, 'nft', '-i']
    // A process group of its own: Ctrl-C on our terminal is for us. It ends by itself when we do, at the end of its input.
    this.#child = spawn(argv[0] as string, argv.slice(1), { env: toolEnvironment(), detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    // Both are missing when we are out of file descriptors; 'error' tells.
    this.#child.stdin?.on('error', () => {}) // its end is reported by 'close'
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#lose(error.message)
        resolve()
      })
      this.#child.on('close', (status, signal) => {
        this.#lose(`ended (${signal ?? `exit ${status}`})`)
        resolve()
      })
    })
  }

  /** The errors of one line, empty when the kernel took it. Rejects with NftGone when nft ends or stays silent for `answerMs`. */
  ask(line: string, answerMs: number): Promise<readonly string[]> {
    if (this.gone !== null) return Promise.reject(new NftGone(this.gone))
    const acknowledgement = `ack${++this.#asked}x`
    return new Promise<readonly string[]>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#lose(`gave no answer within ${answerMs / 1000} s`)
        killGroup(this.#child.pid)
      }, answerMs)
      this.#question = {
        acknowledgement,
        resolve: (errors) => {
          clearTimeout(timer)
          resolve(errors)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      const text = `${line}\n${acknowledgement}\n`
      this.sent += text.length
      this.#child.stdin?.write(text)
    })
  }

  /** Ends it, by force if it does not go within `answerMs`. */
  async end(answerMs: number): Promise<void> {
    this.#child.stdin?.end()
    const timer = setTimeout(() => killGroup(this.#child.pid), answerMs)
    await this.#ended
    clearTimeout(timer)
  }

  #hear(text: string): void {
    this.#transcript += text
    const question = this.#question
    if (question === null) return
    const echo = `\n${question.acknowledgement}\n`
    const end = this.#transcript.indexOf(echo)
    if (end < 0) return
    const errors = errorsIn(this.#transcript.slice(0, end))
    errors.pop() // the acknowledgement's own syntax error
    this.#transcript = this.#transcript.slice(end + echo.length)
    this.#question = null
    question.resolve(errors)
  }

  #lose(why: string): void {
    this.gone ??= why
    this.#question?.reject(new NftGone(this.gone))
    this.#question = null
  }
}

/** nft's words for each error in its output, without where in the line it was; source: nftables src/erec.c. */
export function errorsIn(output: string): string[] {
  return [...output.matchAll(/^(?:\S+: )?Error: (?:Could not process rule: )?(.*)$/gm)].map((found) => found[1] as string)
}
