// Runs on any Node: hands over to a new enough one where this one is too old, or says so clearly.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
/** Set for the Node that is handed over to: its IPC channel is ours, and ends with us. */
const HANDED_OVER = 'SIPGUARD_HANDED_OVER'

if (Number.parseInt(process.versions.node, 10) >= NEEDED) await run()
else handOver()

async function run() {
  if (process.env[HANDED_OVER]) {
    delete process.env[HANDED_OVER]
    // Who started us was killed without a chance to hand the signal on.
    process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
    process.channel?.unref()
  }
  module.enableCompileCache?.()
  // A checkout runs from source; the package carries the compiled program only.
  const source = new URL('../src/cli/main.ts', import.meta.url)
  const { main } = await import(existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url))
  await main(process.argv)
}

function handOver() {
  const installed = findInstalledNode()
  if (installed === null) {
    console.error(`sipguard needs Node ${NEEDED} or newer, this is ${process.version}; install one, or run 'npm install' here`)
    process.exit(2)
  }
  const self = fileURLToPath(new URL('./sipguard.js', import.meta.url))
  const child = spawn(installed, [self, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [HANDED_OVER]: '1' },
  })
  const handOn = (signal) => child.kill(signal)
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']
  for (const signal of signals) process.on(signal, handOn)
  child.on('error', (error) => {
    console.error(`sipguard: cannot run ${installed}: ${error.message}`)
    process.exit(2)
  })
  child.on('exit', (status, signal) => {
    if (signal === null) process.exit(status)
    for (const each of signals) process.off(each, handOn)
    process.kill(process.pid, signal)
  })
}

/** The Node that `npm install` put beside us (the npm package `node`), if it is there. */
function findInstalledNode() {
  try {
    const path = module.createRequire(import.meta.url).resolve('node/bin/node')
    return existsSync(path) ? path : null
  } catch {
    return null
  }
}
