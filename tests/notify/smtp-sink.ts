import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, vi } from 'vitest'
import { closedPort } from './http-sink.ts'

/** A real mail server (Debian's python3-aiosmtpd) that keeps what it gets in a maildir; gone after the test. */
export function mailServers() {
  const children: ReturnType<typeof spawn>[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  return async (dir: string, ...options: string[]) => {
    const port = await closedPort()
    const maildir = join(dir, 'maildir')
    const child = spawn('/usr/bin/aiosmtpd', ['-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', ...options, maildir], {
      stdio: 'ignore',
    })
    children.push(child)
    await vi.waitFor(() => reached(port), { timeout: 20_000, interval: 50 })
    return {
      port,
      /** Each as it came, the oldest first. */
      received: (): string[] =>
        readdirSync(join(maildir, 'new'))
          .sort()
          .map((name) => readFileSync(join(maildir, 'new', name), 'utf8')),
    }
  }
}

const reached = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    }).on('error', reject)
  })

/** What a broken or unwilling mail server does: at a command the answer it gives, or that it hangs or breaks off. */
export type Fault = Readonly<Record<string, string>>

/** A server that speaks as much SMTP as its faults need; gone after the test. */
export function faultyMailServers() {
  const closers: (() => void)[] = []
  afterEach(() => {
    for (const close of closers.splice(0)) close()
  })
  return async (fault: Fault): Promise<number> => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.setEncoding('utf8'))
      const say = (command: string, otherwise: string) => {
        const line = fault[command] ?? otherwise
        if (line === 'reset') socket.resetAndDestroy()
        else if (line !== 'hang') socket.write(`${line}\r\n`)
      }
      say('greeting', '220 sink')
      socket.on('error', () => {}) // the client broke off
      socket.on('data', (text: unknown) => {
        const [command = ''] = /^[A-Z]+/.exec(String(text)) ?? []
        if (command === 'EHLO') say('EHLO', '250-sink\r\n250 AUTH PLAIN')
        else if (command === 'DATA') say('DATA', '354 go on')
        else if (command === 'STARTTLS') say('STARTTLS', '502 not here')
        else say(command, '250 ok')
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    closers.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }
}
