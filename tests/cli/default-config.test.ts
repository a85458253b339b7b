import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { objects, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()

/** Runs a command in a mount namespace of its own, where /etc/sipguard holds this configuration. */
function withConfiguration(yaml: string, ...args: string[]) {
  const file = join(newDirectory(), 'sipguard.yaml')
  writeFileSync(file, yaml)
  const place = 'mount -t tmpfs none /etc && mkdir /etc/sipguard && cp "$1" /etc/sipguard/sipguard.yaml && shift && exec "$@"'
  return sipguard(args, { prefix: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', place, 'sh', file] })
}

describe.skipIf(needs('root', 'unshare', 'mount'))('where no configuration is named, that of the machine is looked at', () => {
  test('by check, which names its faults', async () => {
    expect(await withConfiguration('foo: 1\n', 'check')).toMatchObject({
      status: 2,
      err: expect.stringMatching(/^sipguard: \/etc\/sipguard\/sipguard\.yaml:1:1: unknown key 'foo'/),
    })
    expect((await withConfiguration('tz: UTC\n', 'check')).out).toMatch(/^\/etc\/sipguard\/sipguard\.yaml is valid: /)
  })

  test('by jail list', async () => {
    const { out } = await withConfiguration('jails: { sip-auth: { maxretry: 4 } }\n', 'jail', 'list', '--json')
    expect(objects(out).find(({ name }) => name === 'sip-auth')).toMatchObject({ maxretry: 4 })
  })

  test('by alert test', async () => {
    const { status, out } = await withConfiguration('notify: { channels: [{ exec: [/bin/true] }] }\n', 'alert', 'test', '--json')
    expect([status, objects(out)]).toMatchObject([0, [{ outcome: 'taken' }]])
  })
})
