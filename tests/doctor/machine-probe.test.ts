import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { loadConfig, loadShippedFilters, packageRoot } from '../../src/config/index.ts'
import { CHECKS, createMachineProbe } from '../../src/doctor/index.ts'
import { type Finding, type Probe, Unchecked } from '../../src/doctor/probe.ts'
import { FORGED, INNOCENT, WITNESSES } from '../../src/doctor/witnesses.ts'
import { ensureScript } from '../../src/enforce/nft-script.ts'
import { createTree } from '../../src/servers/tree.ts'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { type RedisServer, startRedis } from '../fleet/redis-server.ts'
import { needs } from '../require.ts'

/** The checks on the real thing: real configurations, nft, iptables, Redis, fail2ban-regex. */

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-doctor-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

/** The machine we are on, as if configured so, with programs in a namespace of their own. */
function probeWith(yaml: string, command: readonly string[] = []): Probe {
  const file = join(dir, 'sipguard.yaml')
  writeFileSync(file, yaml)
  return createMachineProbe({ config: loadConfig(file), stateDir: dir, status: async () => null }, command)
}

const find = async (id: string, probe: Probe): Promise<Finding[]> => [...(await CHECKS.find((check) => check.id === id)!.run(probe))]
const briefly = (findings: readonly Finding[]) => findings.map(({ severity, place }) => `${severity} ${place}`)

describe('the Kamailio configuration of the lab', () => {
  const cfg = readFileSync(join(packageRoot, 'tests/lab/kamailio.cfg'), 'utf8').replace('@SNIPPET@', 'sipguard.cfg')

  function machineWith(name: string, text: string): Probe {
    const root = join(dir, name)
    mkdirSync(join(root, 'etc/kamailio'), { recursive: true })
    writeFileSync(join(root, 'etc/kamailio/kamailio.cfg'), text)
    cpSync(join(packageRoot, 'share/snippets/kamailio.cfg'), join(root, 'etc/kamailio/sipguard.cfg'))
    return { ...probeWith(''), tree: createTree(root) }
  }

  test('is as it should be with the snippet', async () => {
    const probe = machineWith('with', cfg)
    expect([...(await find('log-prefix', probe)), ...(await find('pike-unused', probe))]).toEqual([])
  })

  test('is found out where it prints the Call-ID, and asks pike for nothing', async () => {
    const own = 'log_prefix="{$ci} "\nloadmodule "pike.so"\n'
    const probe = machineWith('without', cfg.replace(/^include_file.*$/m, own))
    const line = cfg.split('\n').findIndex((text) => text.startsWith('include_file')) + 1
    expect(briefly([...(await find('log-prefix', probe)), ...(await find('pike-unused', probe))])).toEqual([
      `error /etc/kamailio/kamailio.cfg:${line}:1`,
      `error /etc/kamailio/kamailio.cfg:${line + 1}:1`,
    ])
  })
})

describe.skipIf(needs('root', 'ip', 'nft', 'iptables'))('a real firewall', () => {
  let namespace: Namespace
  beforeAll(() => {
    namespace = makeNamespace()
    const script = join(dir, 'rules.nft')
    writeFileSync(script, ensureScript({ never: [{ protocol: 'tcp', port: 22 }], size: 100 }))
    namespace.run('nft', '-f', script)
  })
  afterAll(() => namespace.remove())
  const ofNftables = () => find('firewall-order', probeWith('enforce: nftables\n', namespace.prefix))
  const ofIptables = () => find('firewall-order', probeWith('enforce: iptables\n', namespace.prefix))

  test('with our own rules, and with a foreign chain that accepts before them, lets nothing past', async () => {
    namespace.run('nft', 'add table inet foreign')
    namespace.run('nft', 'add chain inet foreign early { type filter hook prerouting priority -400; }')
    namespace.run('nft', 'add rule inet foreign early ip saddr 192.0.2.9 accept')
    expect(await ofNftables()).toEqual([])
  })

  test('with an accept before our drops is found out, and the remedy mends it', async () => {
    namespace.run('nft', 'insert rule inet sipguard prerouting ip saddr 192.0.2.9 accept')
    const [finding, ...others] = await ofNftables()
    expect(finding?.place).toMatch(/^inet sipguard prerouting handle \d+$/)
    expect(others).toEqual([])
    const [remedy = ''] = finding!.remedy.split(';')
    const [program = '', ...args] = remedy.split(' ')
    namespace.run(program, ...args)
    expect(await ofNftables()).toEqual([])
  })

  test('with our table asleep is found out', async () => {
    namespace.run('nft', 'add table inet sipguard { flags dormant; }')
    expect(briefly(await ofNftables())).toEqual(['error table inet sipguard'])
    namespace.run('nft', 'delete table inet sipguard')
  })

  test('of iptables with an accept before our jump is found out, in either family', async () => {
    for (const program of ['iptables', 'ip6tables']) {
      namespace.run(program, '-t', 'raw', '-N', 'SIPGUARD')
      namespace.run(program, '-t', 'raw', '-A', 'PREROUTING', '-j', 'SIPGUARD')
    }
    namespace.run('iptables', '-t', 'raw', '-A', 'PREROUTING', '-s', '192.0.2.9', '-j', 'ACCEPT')
    expect(await ofIptables()).toEqual([])
    namespace.run('ip6tables', '-t', 'raw', '-I', 'PREROUTING', '-s', '2001:db8::9', '-j', 'ACCEPT')
    expect(briefly(await ofIptables())).toEqual(['error ip6tables raw PREROUTING rule 1'])
  })
})

describe.skipIf(needs('redis-server'))('a real Redis', () => {
  let redis: RedisServer
  afterAll(() => redis.close())

  test('that evicts is found out; one that cannot be reached is not looked at', async () => {
    redis = await startRedis({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] })
    const probe = probeWith(`store: ${redis.url}\n`)
    expect(await find('redis-eviction', probe)).toEqual([
      {
        severity: 'error',
        place: 'store:',
        text: 'maxmemory-policy is allkeys-lru: a full Redis throws away windows, and with them attackers',
        remedy: 'maxmemory-policy noeviction, in redis.conf and by redis-cli CONFIG SET',
      },
    ])
    await redis.kill()
    await expect(find('redis-eviction', probe)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })
})

describe('the lines that fool filters', () => {
  const lines = Object.values(WITNESSES).flat()

  test.each(lines)('does not fool ours: $what', ({ line }) => {
    const bytes = Buffer.from(line)
    const classifier = createClassifier({ filters: loadShippedFilters(), tz: 'UTC' })
    const event = classifier.classify(bytes, 0, bytes.length, null, Date.parse('2026-01-15T12:00:00Z'), 0)
    expect([FORGED, ...(event?.counted ? [INNOCENT] : [])]).not.toContain(event?.ip)
  })

  test.skipIf(needs('fail2ban-regex'))('fool the filter for Asterisk that Fail2Ban ships, which is found out', async () => {
    const root = join(dir, 'fail2ban')
    mkdirSync(join(root, 'etc/fail2ban'), { recursive: true })
    writeFileSync(join(root, 'etc/fail2ban/jail.local'), '[asterisk]\nenabled = true\nlogpath = /var/log/asterisk/messages\n')
    const findings = await find('fail2ban-fooled', { ...probeWith(''), tree: createTree(root) })
    expect(briefly(findings)).toEqual(['error /etc/fail2ban/jail.local:2:1'])
    expect(findings[0]?.text).toContain(`bans ${FORGED}, which the caller wrote`)
  })
})

describe('what cannot be looked at', () => {
  test('is said, with the reason: a program that is not there', async () => {
    await expect(probeWith('').run(['sipguard-no-such-program'])).rejects.toThrow(
      new Unchecked('cannot run sipguard-no-such-program: ENOENT'),
    )
  })

  test('a program that fails is no exception: its exit status says so', async () => {
    expect(await probeWith('').run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test('the room on a disk is told also for a directory that is not there yet', () => {
    const { freeBytes, totalBytes } = probeWith('').disk(join(dir, 'not', 'there'))
    expect(freeBytes).toBeGreaterThan(0)
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
  })
})
