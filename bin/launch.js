// Runs on any Node: hands over to a new enough one where this one is too old, or says so clearly.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  module.enableCompileCache?.()
  // A checkout runs from source; the package carries the compiled program only.
  const source = new URL('../src/cli/main.ts', import.meta.url)
  const { main } = await import(existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url))
  await main(process.argv)
} else {
  const installed = findInstalledNode()
  if (installed === null) {
    console.error(`sipguard needs Node ${NEEDED} or newer, this is ${process.version}; install one, or run 'npm install' here`)
    process.exit(2)
  }
  const child = spawn(installed, [here('./sipguard.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  child.on('exit', (status, signal) => (signal ? process.kill(process.pid, signal) : process.exit(status ?? 1)))
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
