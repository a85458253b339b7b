import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { send } from '../api/fake-daemon.ts'
import { freePort } from '../fleet/redis-server.ts'
import { needs } from '../require.ts'
import { JOURNAL_REMOTE, writeJournal } from '../sources/journal.ts'
import { failure } from './lines.ts'
import { eventually, watch } from './watching.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-sources-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const configure = (text: string): string => {
  const path = join(directory, 'sipguard.yaml')
  writeFileSync(path, text)
  return path
}

const message = (ip: string) =>
  failure(ip)
    .trimEnd()
    .replace(/^.*?: /, '')
const entries = (count: number, ip: string) =>
  Array.from({ length: count }, () => ({ message: message(ip), identifier: 'opensips', unit: 'opensips.service', atMs: Date.now() }))

test('syslog, Docker and standard input are read by one daemon, each under its name', async () => {
  const port = await freePort()
  const id = 'c3'.repeat(32)
  const container = join(directory, 'docker/containers', id)
  mkdirSync(container, { recursive: true })
  writeFileSync(join(container, 'config.v2.json'), JSON.stringify({ Name: '/sbc', HostConfig: { LogConfig: { Type: 'json-file' } } }))
  const config = configure(`sources:
  - syslog: { listen: '127.0.0.1:${port}', protocol: both }
  - docker: { container: sbc, root: docker }
  - stdin: true
`)
  const watching = await watch(['--config', config], { state: directory })
  const udp = createSocket('udp4')
  udp.send(`<133>${failure('192.0.2.1')}`, port, '127.0.0.1', () => udp.close())
  const tcp = connect(port, '127.0.0.1')
  tcp.end(`<133>${failure('192.0.2.2')}<133>not finished`)
  appendFileSync(
    join(container, `${id}-json.log`),
    `${JSON.stringify({ log: failure('192.0.2.3'), stream: 'stderr', time: new Date().toISOString() })}\n`,
  )
  watching.child.stdin?.end(failure('192.0.2.4').trimEnd())
  await eventually(() => {
    expect(new Set(watching.printed('found').map(({ ip, source }) => `${ip} ${source}`))).toEqual(
      new Set([
        `192.0.2.1 syslog:udp+tcp://127.0.0.1:${port}`,
        `192.0.2.2 syslog:udp+tcp://127.0.0.1:${port}`,
        '192.0.2.3 docker:sbc',
        '192.0.2.4 stdin',
      ]),
    )
  })
  await eventually(async () => {
    const { sources, degraded } = await watching.status()
    expect(sources.map(({ name, lines, dropped_lines, refused, trouble }) => [name, lines, dropped_lines, refused, trouble])).toEqual([
      [`syslog:udp+tcp://127.0.0.1:${port}`, 2, 1, 0, null],
      ['docker:sbc', 1, 0, 0, null],
      ['stdin', 1, 0, 0, 'it has ended'],
    ])
    expect(degraded.map(({ what }) => what)).toEqual(['stdin is not read: it has ended'])
  })
  const { text } = await send(join(directory, 'sipguard.sock'), 'GET', '/metrics')
  const dropped = [...text.matchAll(/^sipguard_source_dropped_lines_total\{source="(.*)"\} (\d+)$/gm)].map(([, name, lines]) => [
    name,
    lines,
  ])
  expect(dropped).toEqual([
    [`syslog:udp+tcp://127.0.0.1:${port}`, '1'],
    ['docker:sbc', '0'],
    ['stdin', '0'],
  ])
  expect(await watching.end('SIGTERM')).toBe(0)
})

test('watch - reads standard input', async () => {
  const watching = await watch(['-'], { state: directory })
  watching.child.stdin?.write(failure('192.0.2.4'))
  await eventually(() => expect(watching.printed('found')).toMatchObject([{ ip: '192.0.2.4' }]))
  expect(await watching.end('SIGTERM')).toBe(0)
})

describe.skipIf(needs('journalctl', JOURNAL_REMOTE))('the journal', () => {
  test('is counted exactly once over kill -9 and restart, also what was written while the daemon was away', async () => {
    const journals = join(directory, 'journals')
    mkdirSync(journals)
    const config = configure('sources:\n  - journal: { unit: opensips, directory: journals }\n')
    writeJournal(journals, entries(3, '192.0.2.5'))
    const first = await watch(['--config', config], { state: directory })
    await eventually(async () => expect((await first.status()).totals.lines).toBe(3))
    writeJournal(journals, entries(4, '192.0.2.6'))
    await eventually(() => expect(first.printed('found').filter(({ ip }) => ip === '192.0.2.6').length).toBeGreaterThan(0))
    expect(await first.end('SIGKILL')).toBe('SIGKILL')
    await eventually(() => expect(spawnSync('pgrep', ['-f', `journalctl.*${journals}`]).status, 'its journalctl is gone too').toBe(1))
    writeJournal(journals, entries(5, '192.0.2.7'))
    const second = await watch(['--config', config], { state: directory })
    await eventually(async () => expect((await second.status()).totals.lines).toBe(12))
    writeJournal(journals, entries(1, '192.0.2.8'))
    await eventually(async () => expect((await second.status()).totals.lines).toBe(13))
    expect(await second.end('SIGTERM')).toBe(0)
  })
})
