import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Firewall } from '../../src/enforce/firewall.ts'
import type { Machine } from '../../src/enforce/machine.ts'
import { nftables } from '../../src/enforce/nftables.ts'
import { needs } from '../require.ts'
import { address, HOUR, manyAddresses, prefix } from './lab/elements.ts'
import { collecting, machineIn } from './lab/machine.ts'
import { makeNamespace, type Namespace } from './lab/namespace.ts'

describe.skipIf(needs('root', 'ip', 'nft'))('nftables', () => {
  let namespace: Namespace
  let directory: string
  let options: ReturnType<typeof collecting>
  let firewall: Firewall

  beforeAll(() => {
    namespace = makeNamespace()
  })
  afterAll(() => namespace.remove())
  beforeEach(() => {
    options = collecting()
    directory = mkdtempSync(join(tmpdir(), 'sgenforce-'))
  })
  afterEach(async () => {
    await firewall.close()
    rmSync(directory, { recursive: true })
    namespace.run('nft', 'flush', 'ruleset')
  })

  const make = (machine: Machine = {}) => {
    firewall = nftables(options, machineIn(namespace, machine))
    return firewall
  }
  const listed = (...what: string[]) => namespace.run('nft', 'list', ...what)
  const count = (set: string) => listed('set', 'inet', 'sipguard', set).match(/timeout \d/g)?.length ?? 0

  /** A program named nft that runs `sh` before the real one; its session writes its pid. */
  function wrapped(sh: string): Machine {
    const real = namespace.run('sh', '-c', 'command -v nft').trim()
    const path = join(directory, 'nft')
    writeFileSync(path, `#!/bin/sh\nif [ "$1" = -i ]; then echo $$ >> ${directory}/pids; ${sh}; fi\nexec ${real} "$@"\n`)
    chmodSync(path, 0o755)
    return { command: [...namespace.prefix, 'env', `PATH=${directory}:${process.env.PATH}`] }
  }
  const sessions = () => readFileSync(join(directory, 'pids'), 'utf8').trim().split('\n').map(Number)

  test('places hash sets with time-outs, then what is never dropped, then drops with counters, before everything else', async () => {
    await make().open([address('192.0.2.7', null)])
    const table = listed('table', 'inet', 'sipguard')
    for (const set of ['ban4', 'ban6', 'net6', 'end4', 'end6']) expect(table).toContain(`set ${set} {`)
    expect(table.match(/flags timeout\n\t\tcounter\n/g)).toHaveLength(5)
    expect(table.match(/size 1048577\n/g)).toHaveLength(5)
    expect(table).toMatch(/elements = { nd-neighbor-solicit,\s+nd-neighbor-advert }/)
    expect(table).toContain('elements = { tcp . 22 }')
    expect(table).not.toContain('interval')
    const lines = table.split('\n').map((line) => line.trim())
    expect(lines.slice(lines.indexOf('chain prerouting {') + 1, -3)).toEqual([
      'type filter hook prerouting priority raw - 10; policy accept;',
      'icmpv6 type @discovery return',
      'meta l4proto . th dport @never return',
      'ip saddr @ban4 counter packets 0 bytes 0 drop',
      'ip6 saddr @ban6 counter packets 0 bytes 0 drop',
      'ip6 saddr & ffff:ffff:ffff:ffff:: == @net6 counter packets 0 bytes 0 drop',
      'ip saddr . meta l4proto . th sport @end4 counter packets 0 bytes 0 drop',
      'ip6 saddr . meta l4proto . th sport @end6 counter packets 0 bytes 0 drop',
    ])
  })

  test('foreign tables are as they were', async () => {
    namespace.run(
      'nft',
      'table inet foreign { set ban4 { type ipv4_addr; elements = { 192.0.2.1 }; }; chain c { ip saddr @ban4 accept; }; }',
    )
    const before = listed('ruleset')
    await make().open([address('192.0.2.7')])
    await firewall.add(manyAddresses(1500))
    await firewall.remove([address('192.0.2.7')])
    await firewall.open([])
    namespace.run('nft', 'delete', 'table', 'inet', 'sipguard')
    expect(listed('ruleset')).toBe(before)
  })

  test('bans stay in the kernel after close, with their time-outs', async () => {
    await make().open([])
    await firewall.add([address('192.0.2.7'), address('192.0.2.8', null), address('2001:db8::7'), prefix('2001:db8::7')])
    await firewall.close()
    expect(listed('set', 'inet', 'sipguard', 'ban4')).toMatch(/192\.0\.2\.7 counter packets 0 bytes 0 timeout (1h|59m\d+s) expires/)
    expect(listed('set', 'inet', 'sipguard', 'ban4')).toContain('192.0.2.8')
    expect(listed('set', 'inet', 'sipguard', 'ban6')).toMatch(/2001:db8::7 counter .* timeout/)
    expect(listed('set', 'inet', 'sipguard', 'net6')).toMatch(/2001:db8:: counter .* timeout/)
    await expect(firewall.add([address('192.0.2.9')])).rejects.toMatchObject({ code: 'ENFORCE_FAILED', message: 'nftables is not open' })
  })

  test('a ban longer than nft can say is as long as it can', async () => {
    await make().open([address('192.0.2.7', Date.now() + 90 * 8766 * HOUR)])
    await firewall.add([address('192.0.2.8', Date.now() + 90 * 8766 * HOUR)])
    expect(listed('set', 'inet', 'sipguard', 'ban4').match(/timeout 1157d9h46m39s/g)).toHaveLength(2)
  })

  test('elements that the kernel refuses never lose the others', async () => {
    await make({ size: 4 }).open([])
    const refused = await firewall.add([...manyAddresses(6), address('2001:db8::7')])
    expect(refused.map(({ reason }) => reason)).toEqual(['the set is full (4 elements)', 'the set is full (4 elements)'])
    expect(count('ban4')).toBe(4)
    expect(await firewall.has(address('2001:db8::7'))).toBe(true)
    expect(await firewall.intact()).toBeNull()
    await firewall.remove([...manyAddresses(3), address('203.0.113.9')])
    expect(count('ban4')).toBe(1)
  })

  test('open with an element that the kernel refuses places the others and says so', async () => {
    const refused = await make({ size: 4 }).open(manyAddresses(5))
    expect(await firewall.intact()).toBeNull()
    expect(count('ban4')).toBe(4)
    expect(refused.map(({ reason }) => reason)).toEqual(['the set is full (4 elements)'])
    expect(options.notices).toEqual(['nftables refused the elements as a whole (Too many open files in system); they are placed in parts'])
  })

  test('an nft killed with -9 is replaced and nothing that was asked is lost', async () => {
    await make(wrapped(':')).open([])
    await firewall.add([address('192.0.2.7')])
    const asked = manyAddresses(3000).map((element) => firewall.add([element]))
    process.kill(sessions()[0]!, 'SIGKILL')
    expect((await Promise.all(asked)).flat()).toEqual([])
    expect(count('ban4')).toBe(3001)
    expect(sessions()).toHaveLength(2)
    expect(options.notices).toEqual(['nft ended (SIGKILL); a new one is started and what was not confirmed is sent again'])
  })

  test('an nft that has read much is replaced before its history grows large, and nobody needs to know', async () => {
    await make(wrapped(':')).open([])
    expect(await firewall.add(manyAddresses(20_000))).toEqual([])
    expect(await firewall.add([address('192.0.2.7')])).toEqual([])
    expect(sessions()).toHaveLength(2)
    expect(count('ban4')).toBe(20_001)
    expect(options.notices).toEqual([])
  })

  test('an nft that hangs is replaced after the time-out', async () => {
    const once = join(directory, 'hung')
    await make({ ...wrapped(`[ -e ${once} ] || { touch ${once}; sleep 1000; }`), answerMs: 2000 }).open([])
    expect(await firewall.add([address('192.0.2.7')])).toEqual([])
    expect(await firewall.has(address('192.0.2.7'))).toBe(true)
    expect(options.notices).toEqual(['nft gave no answer within 2 s; a new one is started and what was not confirmed is sent again'])
  })

  test('an nft that always hangs is reported, and none of them is left', async () => {
    await make({ ...wrapped('sleep 1000'), answerMs: 100 }).open([])
    const refused = await firewall.add([address('192.0.2.7'), address('192.0.2.8')])
    const reason = 'nft gave no answer within 0.1 s, 3 times in a row'
    expect(refused.map((refusal) => refusal.reason)).toEqual([reason, reason])
    await expect(firewall.remove([address('192.0.2.7'), address('192.0.2.8')])).rejects.toMatchObject({
      code: 'ENFORCE_FAILED',
      message: `nftables could not remove 192.0.2.7 and 1 more: ${reason}`,
    })
    await expect(firewall.has(address('192.0.2.7'))).rejects.toMatchObject({ code: 'ENFORCE_FAILED', message: reason })
    await firewall.close()
    await vi.waitFor(() => expect(sessions().filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]))
    expect(options.notices.filter((notice) => notice === 'nft gave no answer within 0.1 s; gave up after 3 attempts')).toHaveLength(3)
  })

  test('after a foreign flush every add says that the table is gone, and open repairs it', async () => {
    await make().open([address('192.0.2.7')])
    namespace.run('nft', 'flush', 'ruleset')
    expect(await firewall.has(address('192.0.2.7'))).toBe(false)
    const refused = await firewall.add(manyAddresses(3))
    expect(refused.map(({ reason }) => reason)).toEqual(Array(3).fill('the table inet sipguard is no longer in the kernel'))
    await firewall.remove([address('192.0.2.7')])
    await firewall.open([address('192.0.2.7')])
    expect(await firewall.has(address('192.0.2.7'))).toBe(true)
  })

  test('a missing nft is refused with the name of its package', async () => {
    await expect(make({ command: ['env', 'PATH=/nonexistent'] }).open([])).rejects.toMatchObject({
      code: 'ENFORCE_UNAVAILABLE',
      message: 'the program nft was not found: install it (Debian: apt install nftables) or run with --enforce none',
    })
  })

  test('without CAP_NET_ADMIN it is refused with the remedy', async () => {
    const command = [...namespace.prefix, 'setpriv', '--reuid=65534', '--clear-groups']
    await expect(make({ command }).open([address('192.0.2.7')])).rejects.toMatchObject({
      code: 'ENFORCE_UNAVAILABLE',
      message:
        'cannot enforce with nftables: it needs root or CAP_NET_ADMIN; run as root, or give the systemd unit ' +
        'AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW (cache initialization failed: Operation not permitted)',
    })
  })
})
