import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadProvenConfig } from '../../src/cli/configuration.ts'
import { loadConfigApart } from '../../src/cli/configuration-apart.ts'
import { version } from '../../src/cli/version.ts'

const dir = mkdtempSync(join(tmpdir(), 'sipguard-apart-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('what is read in a process of its own is what is read here', async () => {
  const config = join(dir, 'sipguard.yaml')
  writeFileSync(config, 'ignoreip: [192.0.2.0/24]\njails: { sip-auth: { maxretry: 5, bantime: -1 } }\nhttp: { listen: 127.0.0.1:8471 }\n')
  const options = { config, tz: 'Europe/Berlin' }
  expect(await loadConfigApart(options, ['a.log', '-'])).toEqual(await loadProvenConfig(options, [resolve('a.log'), '-']))
})

test('a broken configuration is refused with the same words', async () => {
  const config = join(dir, 'broken.yaml')
  writeFileSync(config, 'ignorip: []\nenforce: maybe\n')
  const refused = await loadProvenConfig({ config }).catch((error: unknown) => error)
  await expect(loadConfigApart({ config }, [])).rejects.toEqual(refused)
})

test('a program that was replaced on the disk reads nothing for the one that runs', async () => {
  const script = join(import.meta.dirname, '../../src/cli/configuration-process.ts')
  const child = fork(script, { serialization: 'advanced' })
  child.send({ version: '0.0.0-old', options: {}, files: [] })
  const [answer] = await once(child, 'message')
  expect(answer).toEqual({
    error: { code: 'CONFIG_UNREADABLE', message: `sipguard 0.0.0-old runs, and ${version} was installed since: restart it` },
  })
})
