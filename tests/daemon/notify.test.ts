import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failures } from './lines.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()

/** A webhook on loopback, and what it was told. */
async function listen() {
  const told: { severity: string; notices: { kind: string; subject: string }[] }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (text: Buffer) => {
      body += text
    })
    request.on('end', () => {
      told.push(JSON.parse(body))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('a daemon tells its operators of alerts and of its own troubles', async () => {
  const dir = newDirectory()
  const log = join(dir, 'sip.log')
  writeFileSync(log, '')
  const { told, url } = await listen()
  const config = join(dir, 'sipguard.yaml')
  const severity = '{jail_full: critical, user_under_attack: critical, source_unread: critical}'
  const unreadable = join(dir, 'unreadable.log')
  mkdirSync(unreadable)
  writeFileSync(
    config,
    `sources: [{file: ${log}}, {file: ${unreadable}}]\nrecords: off\nnotify: {channels: [{webhook: '${url}'}], severity: ${severity}, daily: off}\n`,
  )
  const daemon = await watch(['--config', config], { state: join(dir, 'state') })
  writeFileSync(log, Array.from({ length: 10 }, (_, i) => failures(1, `192.0.2.${i + 1}`, { user: 'bob' })).join(''))
  await eventually(() => expect(told.flatMap(({ notices }) => notices.map(({ kind }) => kind))).toContain('user_under_attack'))
  // A directory cannot be read as a log.
  await eventually(() => expect(told.flatMap(({ notices }) => notices.map(({ kind }) => kind))).toContain('source_unread'))
  expect(await daemon.end('SIGTERM')).toBe(0)
})
