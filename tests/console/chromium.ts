import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'

/** Debian's; its sandbox does not work for root. `executablePath`: a program that runs it, with the arguments it is given. */
export function launchChromium(executablePath: string = installed()): Promise<Browser> {
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

function installed(): string {
  return spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim()
}

/** The console as it is shipped, into this directory. */
export async function buildConsole(outDir: string): Promise<void> {
  await build({ configFile: join(import.meta.dirname, '../../src/console/vite.config.ts'), logLevel: 'error', build: { outDir } })
}
