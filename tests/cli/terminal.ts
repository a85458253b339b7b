import { spawn } from 'node:child_process'
import { finish } from '../sipguard.ts'

export interface Keystroke {
  /** Waits until the terminal has shown this, since the last keystroke. */
  readonly after: string
  readonly type: string
}

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly typing?: readonly Keystroke[]
}

/** What util-linux's script cannot: a size from the start, and keys that wait for what is shown. */
const DRIVER = `
import fcntl, json, os, pty, select, signal, struct, sys, termios
order = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    signal.alarm(80)
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', order['rows'], order['columns'], 0, 0))
    os.execvp(order['argv'][0], order['argv'])
typing, seen = order['typing'], b''
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    seen += part
    if typing and typing[0]['after'].encode() in seen:
        os.write(terminal, typing.pop(0)['type'].encode())
        seen = b''
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(f'not typed: {typing}' if typing else status if status >= 0 else 128 - status)
`

/** Runs a program in a pseudo-terminal; `out` is everything that the terminal was sent, with LF line ends. */
export async function inTerminal(argv: readonly string[], { columns = 80, rows = 24, env, cwd, typing = [] }: TerminalOptions = {}) {
  const child = spawn('python3', ['-c', DRIVER, JSON.stringify({ argv, columns, rows, typing })], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env },
    ...(cwd !== undefined && { cwd }),
  })
  const { status, out, err } = await finish(child)
  return { status, err, out: out.replaceAll('\r\n', '\n') }
}
