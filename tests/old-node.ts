import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './sipguard.ts'

/** A Node on this machine that is too old for us, if there is one. */
function oldNode(): string | null {
  const own = join(root, 'node_modules')
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(own))
  for (const folder of [...folders, '/usr/local/bin', '/usr/bin']) {
    const node = join(folder, 'node')
    if (existsSync(node) && Number(spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]) < 24)
      return node
  }
  return null
}
const old = oldNode()
if (old === null) console.warn('no Node older than 24 on this machine: the hand-over is tried with one that only says so')

/** Words that start a launcher under a Node that is too old; `dir` takes what is needed for it. */
export function underOldNode(launcher: string, dir: string): readonly string[] {
  if (old !== null) return [old, launcher]
  // Where every Node is new enough, the launcher is told that this one is not: all that is simulated is the version it sees.
  const pretend = join(dir, 'old.mjs')
  writeFileSync(
    pretend,
    "if (!process.env.SIPGUARD_HANDED_OVER) Object.defineProperty(process, 'versions', { value: { node: '20.0.0' } })\n",
  )
  return [process.execPath, '--import', pretend, launcher]
}
