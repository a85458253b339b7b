import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { eventually, watch } from './watching.ts'

/** One real daemon of a fleet, its log, and what more its configuration says. Resolves when Redis has all that it knows. */
export async function startFleetNode(dir: string, { urls, prefix, more = '' }: { urls: readonly string[]; prefix: string; more?: string }) {
  const log = join(dir, 'sip.log')
  const config = join(dir, 'sipguard.yaml')
  const state = join(dir, 'state')
  mkdirSync(state)
  writeFileSync(log, '')
  writeFileSync(config, `sources: [{ file: ${log} }]\nstore: { url: ${JSON.stringify(urls)}, prefix: ${prefix} }\n${more}`)
  const daemon = await watch(['--config', config], { state })
  await eventually(async () => expect((await daemon.status()).fleet).toMatchObject({ reachable: true, outbox: 0 }))
  return {
    ...daemon,
    socket: join(state, 'sipguard.sock'),
    write: (text: string) => appendFileSync(log, text),
    banned: async () => (await daemon.call<{ ip: string }[]>('GET', '/api/bans')).map(({ ip }) => ip),
  }
}
