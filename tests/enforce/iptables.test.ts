import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Firewall } from '../../src/enforce/firewall.ts'
import { iptables } from '../../src/enforce/iptables.ts'
import type { Machine } from '../../src/enforce/machine.ts'
import { needs } from '../require.ts'
import { address, HOUR, manyAddresses, prefix } from './lab/elements.ts'
import { collecting, machineIn } from './lab/machine.ts'
import { makeNamespace, type Namespace } from './lab/namespace.ts'

const SETS = ['sipguard4', 'sipguard4-end', 'sipguard6', 'sipguard6-end']

describe.skipIf(needs('root', 'ip', 'ipset', 'iptables'))('iptables', () => {
  let namespace: Namespace
  let options: ReturnType<typeof collecting>
  let firewall: Firewall

  beforeAll(() => {
    namespace = makeNamespace()
  })
  afterAll(() => namespace.remove())
  beforeEach(() => {
    options = collecting()
  })
  afterEach(async () => {
    await firewall.close()
    clean()
  })

  function make(machine: Machine = {}): Firewall {
    firewall = iptables(options, machineIn(namespace, machine))
    return firewall
  }
  /** Nothing of ours, nothing of a test's. */
  function clean(): void {
    for (const program of ['iptables', 'ip6tables']) {
      namespace.run(program, '-w', '-t', 'raw', '-F')
      namespace.run(program, '-w', '-t', 'raw', '-X')
    }
    namespace.run('ipset', 'destroy')
  }
  const rules = (program: string) => namespace.run(program, '-w', '-t', 'raw', '-S').trim().split('\n')
  const sets = () => namespace.run('ipset', 'list', '-n').trim().split('\n').sort()
  /** But for the one that no packet can have. */
  const members = (set: string) =>
    (namespace.run('ipset', 'save', set).match(/^add .*/gm) ?? []).filter((line) => !/ (255\.255\.255\.255|ff00::) /.test(line))

  test('places one drop rule for each family, behind what is never dropped', async () => {
    await make().open([])
    expect(rules('iptables')).toEqual([
      '-P PREROUTING ACCEPT',
      '-P OUTPUT ACCEPT',
      '-N SIPGUARD',
      '-A PREROUTING -j SIPGUARD',
      '-A SIPGUARD -p tcp -m tcp --dport 22 -j RETURN',
      '-A SIPGUARD -m set --match-set sipguard4 src -j DROP',
      '-A SIPGUARD -m set --match-set sipguard4-end src,src -j DROP',
    ])
    expect(rules('ip6tables').slice(4)).toEqual([
      '-A SIPGUARD -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN',
      '-A SIPGUARD -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j RETURN',
      '-A SIPGUARD -p tcp -m tcp --dport 22 -j RETURN',
      '-A SIPGUARD -m set --match-set sipguard6 src -j DROP',
      '-A SIPGUARD -m set --match-set sipguard6-end src,src -j DROP',
    ])
  })

  test('open moves its jump back to the first place and leaves foreign rules and sets as they were', async () => {
    namespace.run('ipset', 'create', 'foreign', 'hash:ip')
    namespace.run('ipset', 'add', 'foreign', '192.0.2.1')
    namespace.run('iptables', '-w', '-t', 'raw', '-N', 'FOREIGN')
    await make().open([])
    namespace.run('iptables', '-w', '-t', 'raw', '-I', 'PREROUTING', '1', '-m', 'set', '--match-set', 'foreign', 'src', '-j', 'ACCEPT')
    await firewall.open([address('192.0.2.7')])
    expect(rules('iptables').filter((rule) => /FOREIGN|PREROUTING/.test(rule))).toEqual([
      '-P PREROUTING ACCEPT',
      '-N FOREIGN',
      '-A PREROUTING -j SIPGUARD',
      '-A PREROUTING -m set --match-set foreign src -j ACCEPT',
    ])
    expect(members('foreign')).toEqual(['add foreign 192.0.2.1'])
    expect(sets()).toEqual(['foreign', ...SETS])
  })

  test('bans stay in the kernel after close; one longer than 24.8 days is that long, one for ever has no time-out', async () => {
    await make().open([address('192.0.2.7', Date.now() + 9000 * HOUR)])
    await firewall.add([address('192.0.2.8', Date.now() + 9000 * HOUR), address('192.0.2.9', null), prefix('2001:db8::7')])
    await firewall.close()
    expect(members('sipguard4').sort()).toEqual([
      expect.stringMatching(/^add sipguard4 192\.0\.2\.7 timeout 21474\d\d packets 0 bytes 0$/),
      expect.stringMatching(/^add sipguard4 192\.0\.2\.8 timeout 21474\d\d packets 0 bytes 0$/),
      'add sipguard4 192.0.2.9 timeout 0 packets 0 bytes 0',
    ])
    expect(members('sipguard6')).toEqual([expect.stringMatching(/^add sipguard6 2001:db8::\/64 timeout 3\d\d\d packets 0 bytes 0$/)])
  })

  test('elements that the kernel refuses never lose the others', async () => {
    await make({ size: 4 }).open([])
    const refused = await firewall.add([...manyAddresses(6), address('2001:db8::7')])
    expect(refused.map(({ reason }) => reason)).toEqual(Array(2).fill('Hash is full, cannot add more elements'))
    expect(members('sipguard4')).toHaveLength(4)
    expect(await firewall.has(address('2001:db8::7'))).toBe(true)
  })

  test('open with an element that the kernel refuses places the others and says so', async () => {
    const refused = await make({ size: 4 }).open(manyAddresses(5))
    expect(await firewall.intact()).toBeNull()
    expect(members('sipguard4')).toHaveLength(4)
    expect(refused.map(({ reason }) => reason)).toEqual(['Hash is full, cannot add more elements'])
    expect(options.notices).toEqual([
      'iptables refused the elements as a whole (Hash is full, cannot add more elements); they are placed in parts',
    ])
    expect(sets()).toEqual(SETS)
  })

  test('after foreign hands took sets and rules every add says so, and open repairs it', async () => {
    await make().open([address('192.0.2.7')])
    clean()
    expect(await firewall.has(address('192.0.2.7'))).toBe(false)
    const refused = await firewall.add(manyAddresses(3))
    expect(refused.map(({ reason }) => reason)).toEqual(Array(3).fill('the sets of sipguard are no longer in the kernel'))
    await firewall.remove([address('192.0.2.7'), address('2001:db8::7')])
    await firewall.open([address('192.0.2.7')])
    expect(await firewall.has(address('192.0.2.7'))).toBe(true)
  })

  test('a missing ipset is refused with the name of its package', async () => {
    await expect(make({ command: ['env', 'PATH=/nonexistent'] }).open([])).rejects.toMatchObject({
      code: 'ENFORCE_UNAVAILABLE',
      message: 'the program ipset was not found: install it (Debian: apt install ipset) or run with --enforce none',
    })
  })

  test('without CAP_NET_ADMIN it is refused with the remedy', async () => {
    const command = [...namespace.prefix, 'setpriv', '--reuid=65534', '--clear-groups']
    await expect(make({ command }).open([address('192.0.2.7')])).rejects.toMatchObject({
      code: 'ENFORCE_UNAVAILABLE',
      message:
        'cannot enforce with iptables: it needs root or CAP_NET_ADMIN; run as root, or give the systemd unit ' +
        'AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW (Kernel error received: Operation not permitted)',
    })
  })
})
