import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failures } from './lines.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
const ENFORCING = ['--enforce', 'nftables']

describe.skipIf(needs('root', 'ip', 'nft'))('watch --enforce nftables in a network namespace', () => {
  let namespace: Namespace
  let log: string
  let state: string
  beforeEach(() => {
    namespace = makeNamespace()
    const dir = newDirectory()
    log = join(dir, 'sip.log')
    state = join(dir, 'state')
    writeFileSync(log, '')
  })
  afterEach(() => namespace.remove())

  const table = () => namespace.run('nft', 'list', 'table', 'inet', 'sipguard')
  const timeless = (text: string) => text.replace(/expires \w+/g, '')
  const start = () => watch([log, ...ENFORCING], { state, prefix: namespace.prefix })

  test('a printed ban is in the kernel, an unbanned address is not, and a restart restores what stands', async () => {
    const first = await start()
    appendFileSync(log, failures(10, '192.0.2.7') + failures(10, '192.0.2.8') + failures(10, '2001:db8::7'))
    await eventually(() => expect(first.printed('ban')).toHaveLength(3))
    expect(table()).toMatch(/192\.0\.2\.7 .*192\.0\.2\.8 /s)
    expect(table()).toContain('2001:db8::')
    expect((await first.status()).enforcement).toEqual({ backend: 'nftables', active: 3, verified: 3, last_error: null, last_repair: null })

    expect(await first.call('DELETE', '/api/bans/192.0.2.8')).toMatchObject([{ ip: '192.0.2.8' }])
    expect(table()).not.toContain('192.0.2.8')
    // Whoever comes to be allowed is let in at once, out of the /64 of another too.
    await first.call('POST', '/api/allow', { cidr: '2001:db8::5' })
    expect(table()).not.toContain('2001:db8::')
    await first.end('SIGKILL')
    expect(table()).toContain('192.0.2.7')

    namespace.run('nft', 'delete', 'table', 'inet', 'sipguard')
    const second = await start()
    await eventually(() => expect(second.printed('restore-ban')).toMatchObject([{ ip: '192.0.2.7' }]))
    expect(table()).toContain('192.0.2.7')
    expect(await second.end('SIGTERM')).toBe(0)
    expect(table()).toContain('192.0.2.7')
  })

  test('who came to be trusted while it was down is not banned again', async () => {
    const first = await start()
    await first.call('POST', '/api/bans', { ip: '192.0.2.7' })
    await first.end('SIGKILL')
    const config = join(state, 'sipguard.yaml')
    writeFileSync(config, `sources: [{file: ${log}}]\nignoreip: [192.0.2.0/24]\n`)
    const second = await watch(['--config', config, ...ENFORCING], { state, prefix: namespace.prefix })
    await eventually(() => expect(second.printed('unban')).toMatchObject([{ ip: '192.0.2.7' }]))
    expect(table()).not.toContain('192.0.2.7')
    expect(await second.call('GET', '/api/bans')).toEqual([])
  })

  test('a firewall that fails refuses the command, says so, and holds every ban once it is repaired', async () => {
    const daemon = await start()
    await daemon.call('POST', '/api/bans', { ip: '192.0.2.6' })
    namespace.run('nft', 'delete', 'table', 'inet', 'sipguard')
    const failed = await daemon.call('POST', '/api/bans', { ip: '192.0.2.7' }).catch((error: unknown) => error)
    // Unless the repair came first.
    if (failed instanceof Error) {
      const message = 'nftables refused the ban of 192.0.2.7: the table inet sipguard is no longer in the kernel'
      expect(failed).toMatchObject({ code: 'ENFORCE_FAILED', message })
    }
    await eventually(async () => expect((await daemon.status()).enforcement.last_repair).not.toBeNull())
    await eventually(async () => expect((await daemon.status()).degraded).toEqual([]))
    expect(table()).toMatch(/192\.0\.2\.6 .*192\.0\.2\.7 /s)
    await eventually(() => expect(daemon.printed('ban').map(({ ip }) => ip)).toEqual(['192.0.2.6', '192.0.2.7']))
    expect((await daemon.status()).enforcement).toMatchObject({ backend: 'nftables', active: 2, verified: 2 })
  })

  test.each([
    ['flush ruleset', 'the table inet sipguard or a set of it is gone'],
    ['flush chain inet sipguard prerouting', 'rules of the table inet sipguard are gone'],
    ['flush set inet sipguard ban4', 'sets of the table inet sipguard were emptied'],
  ])('after a foreign `nft %s` everything comes back, and the status says so', async (command, found) => {
    const daemon = await start()
    await daemon.call('POST', '/api/bans', { ip: '192.0.2.6' })
    const before = table()
    namespace.run('nft', command)
    await eventually(async () => expect((await daemon.status()).enforcement.last_repair).not.toBeNull())
    const { enforcement, degraded } = await daemon.status()
    const what = `nftables: ${found}; it is in place again`
    expect(enforcement).toMatchObject({ active: 1, verified: 1, last_error: `nftables: ${found}`, last_repair: { what } })
    expect(degraded).toEqual([])
    const told = () => daemon.printed('notice').map(({ message }) => message)
    await eventually(() => expect(told().slice(-3)).toEqual([`nftables: ${found}`, what, 'nftables works again']))
    expect(timeless(table())).toBe(timeless(before))
  })

  test('two that enforce in one namespace are one too many', async () => {
    await start()
    const second = await watch([log, ...ENFORCING], { state: `${state}-2`, prefix: namespace.prefix, atOnce: true })
    expect(await second.end('SIGCONT')).toBe(1)
    expect(second.complaints()).toMatch(/^sipguard: another sipguard already enforces in this network namespace: .*\n$/)
  })

  test('without nft it is refused, and nothing is left running', async () => {
    // sbin is looked in wherever PATH leads, so there it must be missing.
    const hidden = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh']
    const daemon = await watch([log, ...ENFORCING], { state, prefix: [...namespace.prefix, ...hidden], atOnce: true })
    expect(await daemon.end('SIGCONT')).toBe(1)
    expect(daemon.complaints()).toBe(
      'sipguard: the program nft was not found: install it (Debian: apt install nftables) or run with --enforce none\n',
    )
  })
})

describe.skipIf(needs('root', 'ip', 'nft', 'setpriv'))('without root', () => {
  test('enforcing is refused with what it needs, and observing is not', async () => {
    const namespace = makeNamespace()
    const dir = newDirectory()
    const state = join(dir, 'state')
    const log = join(dir, 'sip.log')
    writeFileSync(log, '')
    namespace.run('chmod', '777', dir)
    const nobody = [...namespace.prefix, 'setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
    try {
      const refused = await watch([log, ...ENFORCING], { state, prefix: nobody, atOnce: true })
      expect(await refused.end('SIGCONT')).toBe(1)
      expect(refused.complaints()).toMatch(
        /^sipguard: cannot enforce with nftables: it needs root or CAP_NET_ADMIN; run as root, or give the systemd unit AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW \(.*\)\n$/,
      )
      const observing = await watch([log], { state, prefix: nobody })
      appendFileSync(log, failures(10, '192.0.2.7'))
      await eventually(() => expect(observing.printed('ban')).toHaveLength(1))
      expect(await observing.end('SIGTERM')).toBe(0)
    } finally {
      namespace.remove()
    }
  })
})
