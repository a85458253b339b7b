import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const sipguard = join(import.meta.dirname, '../../bin/sipguard.js')
/** After the start, before anybody looks: what was only needed for it is given back. */
const SETTLE_MS = 3000

/** `sipguard watch` on an empty log, settled. */
export async function startIdle(configuration: string) {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-idle-'))
  const path = (name: string) => join(dir, name)
  writeFileSync(path('sip.log'), '')
  writeFileSync(path('sipguard.yaml'), configuration)
  const argv = ['watch', path('sip.log'), '--config', path('sipguard.yaml'), '--state', path('state')]
  const daemon = spawn(process.execPath, [sipguard, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(daemon, 'close')
  while (!said.includes('watches')) {
    if (daemon.exitCode !== null) throw new Error(`the daemon ended: ${said}`)
    await sleep(50)
  }
  await sleep(SETTLE_MS)
  return {
    pid: daemon.pid!,
    async end() {
      daemon.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
