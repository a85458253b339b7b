import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failures } from '../daemon/lines.ts'
import { eventually, watch } from '../daemon/watching.ts'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { needs } from '../require.ts'
import { root } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { confinedAsTheUnit } from './system-calls.ts'
import { serviceOf } from './unit.ts'

const newDirectory = temporaryDirectories()

describe.skipIf(needs('root', 'ip', 'nft', 'setpriv', 'python3', 'systemd-analyze'))("under the unit's system-call filter", () => {
  let namespace: Namespace
  let dir: string
  let confined: readonly string[]
  beforeEach(() => {
    namespace = makeNamespace()
    dir = newDirectory()
    chmodSync(dir, 0o777)
    confined = confinedAsTheUnit(serviceOf(join(root, 'share/systemd/sipguard.service')), dir)
  })
  afterEach(() => namespace.remove())

  test('what it does not allow is refused', () => {
    const run = (...words: string[]) => spawnSync(confined[0]!, [...confined.slice(1), ...words], { encoding: 'utf8' }).stderr
    expect(run('nice', '-n', '1', 'true')).toBe('nice: cannot set niceness: Operation not permitted\n')
    const connect = 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'
    expect(run('/usr/bin/python3', '-c', connect)).toContain('PermissionError: [Errno 1] Operation not permitted')
    expect(run('/usr/bin/python3', '-c', connect.replace('AF_PACKET, socket.SOCK_RAW', 'AF_INET'))).toBe('')
  })

  test('the daemon reads, records, bans in the kernel, unbans, reloads, ends, and finds everything again', async () => {
    const [state, log, config] = [join(dir, 'state'), join(dir, 'sip.log'), join(dir, 'sipguard.yaml')]
    mkdirSync(state)
    chmodSync(state, 0o777)
    writeFileSync(log, '')
    const sources = `sources: [{file: ${log}}, {syslog: {listen: '127.0.0.1:5514'}}, {hep: {listen: '127.0.0.1:9060'}}]`
    writeFileSync(config, `${sources}\nenforce: nftables\n`)
    const start = () => watch(['--config', config], { state, prefix: [...namespace.prefix, ...confined] })
    const table = () => namespace.run('nft', 'list', 'table', 'inet', 'sipguard')
    const daemon = await start()
    expect(readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m)
    appendFileSync(log, failures(10, '192.0.2.7') + failures(10, '2001:db8::7'))
    await eventually(() => expect(daemon.printed('ban')).toHaveLength(2))
    expect(table()).toMatch(/192\.0\.2\.7[\s\S]*2001:db8::/)
    await eventually(async () => expect(await daemon.call<unknown[]>('GET', '/api/events')).toHaveLength(20))
    await daemon.call('DELETE', '/api/bans/192.0.2.7')
    expect(table()).not.toContain('192.0.2.7')
    writeFileSync(config, `${sources}\nenforce: nftables\nignoreip: [192.0.2.9]\n`)
    daemon.child.kill('SIGHUP')
    await eventually(() =>
      expect(daemon.printed('notice').map(({ message }) => message)).toContainEqual(expect.stringContaining('reloaded')),
    )
    expect((await daemon.status()).degraded).toEqual([])
    expect(await daemon.end('SIGTERM')).toBe(0)
    const again = await start()
    await eventually(() => expect(again.printed('restore-ban')).toMatchObject([{ ip: '2001:db8::7' }]))
    expect(await again.end('SIGTERM')).toBe(0)
    expect(`${daemon.complaints()}${again.complaints()}`).toBe('')
  })
})
