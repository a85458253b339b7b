import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Reads datagrams and prints each as a line of its own assignments, joined by spaces. Node has no datagram sockets of AF_UNIX. */
const LISTEN = `
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print('listens', flush=True)
while True:
    print(listener.recv(65536).decode().replace('\\n', ' '), flush=True)
`

/** systemd's end of sd_notify(3). */
export async function listenAsSystemd(path: string): Promise<{ readonly told: readonly string[]; close(): void }> {
  const child = spawn('/usr/bin/python3', ['-c', LISTEN, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told: string[] = []
  const listens = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => (line === 'listens' ? listens.resolve() : told.push(line)))
  await listens.promise
  return { told, close: () => void child.kill() }
}
