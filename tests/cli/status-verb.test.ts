import { describe, expect, test } from 'vitest'
import { bans } from '../../src/cli/verbs/bans.ts'
import { status } from '../../src/cli/verbs/status.ts'
import { AT, aBan, aFleet, aReport, BAN_JSON } from '../api/fake-control.ts'
import { objects } from '../sipguard.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

const running = fakeDaemon()

const run = (...argv: string[]) => runVerbs([status, bans], ...argv, '--state', running().stateDir)

describe('status', () => {
  test('the JSON is the report on one line', async () => {
    expect((await run('status', '--json')).out).toBe(`${JSON.stringify(aReport())}\n`)
  })
  test('the screen shows everything a sysadmin asks first', async () => {
    expect((await run('status')).out).toBe(
      [
        'sipguard 0.1.0 on node n1, up 10m (since 2026-01-15 10:30:45)',
        '',
        'healthy',
        '',
        '12,331 lines, 431 events, 41 bans since the state directory was made',
        '  failed_registration 400, door_knock 31',
        '17 addresses and users are watched; 90 MiB of memory',
        '',
        'source                    lines  unmatched  unread  behind  last line',
        '/var/log/opensips/*.log  12,331          7  20 KiB      2s  9m 59s ago',
        '',
        'jail      found  bans  active',
        'sip-auth    400    40       2',
        '',
        'enforced by nftables: 2 bans in force, 2 confirmed by the kernel',
        '',
      ].join('\n'),
    )
  })
  test('trouble is said aloud, and hostile text in it is escaped', async () => {
    const [source] = aReport().sources
    running().control.report = aReport({
      degraded: [{ what: 'cannot read\x1b[2J', since: new Date(AT).toISOString(), remedy: 'chgrp adm' }],
      sources: [{ ...source!, trouble: 'EACCES\x07' }],
      enforcement: { backend: 'none', active: 1, verified: 0, last_error: 'oops', last_repair: null },
      memory: { keys: 1, evicted: 1200, rss_bytes: 1500 },
    })
    const { out, exitStatus } = await run('status')
    expect(exitStatus).toBe(0)
    expect(out).toContain('degraded\n  cannot read\\x1b[2J, for 10m\n    chgrp adm\n')
    expect(out).toContain('\n/var/log/opensips/*.log: EACCES\\x07\n')
    expect(out).toContain('observing only: 1 ban in force, none enforced\n  last error: oops\n')
    expect(out).toContain('1 addresses and users are watched, 1,200 forgotten for want of memory; 1.5 KiB of memory')
  })
})

describe('the fleet', () => {
  const NODES = [
    'node      id  version  last seen        behind   bans  verified',
    'sbc1      n1  0.1.0    0s ago               0s  1,200     1,199',
    'sbc2\\x1b  n2  0.1.0    5m ago, silent  unknown      1         0',
    '',
  ]
  const REACHABLE = [
    'fleet: Redis reachable for 10m (since 2026-01-15 10:30:45)',
    '  2 nodes, 1 of them silent; no decision waits in the outbox',
  ]
  const share = (fields: Parameters<typeof aFleet>[0] = {}) => {
    running().control.report = aReport({ fleet: aFleet(fields) })
  }

  test('has two lines in the status', async () => {
    share()
    expect((await run('status')).out).toContain(['confirmed by the kernel', '', ...REACHABLE, ''].join('\n'))
  })
  test('is said to be cut off, since when and why, and what that costs', async () => {
    const [node] = aFleet().nodes
    const counting = { pending: 0, dropped: 1200, counted: 0, last_error: 'ECONNREFUSED' }
    share({ reachable: false, last_error: 'connect ECONNREFUSED\x07', outbox: 1, refused: 2, counting, nodes: [node!] })
    expect((await run('status')).out).toContain(
      [
        'fleet: Redis not reachable for 10m (since 2026-01-15 10:30:45): connect ECONNREFUSED\\x07',
        '  1 node; 1 decision waits in the outbox',
        '  1,200 times an event was not counted for all: Redis was too slow or gone',
        '  2 decisions were refused: they are not what a node would write, or would read',
        '',
      ].join('\n'),
    )
    share({ counting: { ...counting, dropped: 0, last_error: 'OOM\x07' } })
    expect((await run('status')).out).toContain('in the outbox\n  events are not counted for all: OOM\\x07\n')
    share({ reachable: false, outbox: 1500 })
    expect((await run('status')).out).toContain(
      '(since 2026-01-15 10:30:45)\n  2 nodes, 1 of them silent; 1,500 decisions wait in the outbox\n',
    )
  })
  test('is every node with --fleet', async () => {
    share()
    expect((await run('status', '--fleet')).out).toBe([...REACHABLE, '', ...NODES].join('\n'))
  })
  test('is one object a node as JSON', async () => {
    share()
    const { out } = await run('status', '--fleet', '--json')
    expect(out.split('\n')[0]).toBe(
      '{"id":"n1","name":"sbc1","version":"0.1.0","seen_at":"2026-01-15T10:40:45.000Z","silent":false,"lag_ms":0,"bans":1200,"verified":1199}',
    )
    expect(objects(out)).toEqual(aFleet().nodes)
  })
  test('has its bans listed with who decided each, and how many of them every node has', async () => {
    share()
    running().control.active.push(aBan({ ip: '203.0.113.1' }))
    running().control.ofFleet.push(aBan(), aBan({ ip: '192.0.2.8', node: 'n9', untilMs: null }))
    expect((await run('bans', '--fleet')).out).toBe(
      [
        'address    jail      since                remaining  nth  count  decided by',
        '192.0.2.7  sip-auth  2026-01-15 10:30:45  50m          1     10  sbc1',
        '192.0.2.8  sip-auth  2026-01-15 10:30:45  for ever     1     10  n9',
        '',
        ...NODES,
      ].join('\n'),
    )
    running().control.ofFleet.length = 0
    expect((await run('bans', '--fleet')).out).toBe(['no bans', '', ...NODES].join('\n'))
  })
  test('has its bans as one object a line as JSON', async () => {
    share()
    running().control.ofFleet.push(aBan(), aBan({ ip: '192.0.2.8', node: 'n9' }))
    const { out } = await run('bans', '--fleet', '--json')
    expect(out.split('\n')[0]).toBe(`{${BAN_JSON},"node_name":"sbc1"}`)
    expect(objects(out)[1]).toMatchObject({ ip: '192.0.2.8', node: 'n9', node_name: null })
  })
  test('is said not to be there where nothing is shared', async () => {
    for (const verb of ['status', 'bans']) {
      for (const json of [[], ['--json']]) {
        expect(await run(verb, '--fleet', ...json)).toMatchObject({
          err: 'this node shares nothing with others: a fleet is made by store: redis://… in the configuration',
          out: '',
          exitStatus: 1,
        })
      }
    }
  })
  test('and an address at once are a usage error', async () => {
    expect(await run('status', '192.0.2.7', '--fleet')).toMatchObject({
      err: 'expected an address or user, or --fleet, got both',
      exitStatus: 2,
    })
  })
})
