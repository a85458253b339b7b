import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeDaemon, startFakeDaemon } from './api/fake-daemon.ts'
import { aPhone } from './api/records-samples.ts'
import { BLOCKS } from './docs-pages.ts'
import { needs } from './require.ts'

const SOCKET = '/run/sipguard/sipguard.sock'
const LINES = BLOCKS.flatMap(({ page, text }) => (page === 'README.md' ? text.split('\n') : [])).filter((line) => line.startsWith('curl '))

describe.skipIf(needs('curl', 'jq'))("README.md's lines about phones", () => {
  let daemon: FakeDaemon
  beforeAll(async () => {
    daemon = await startFakeDaemon()
    daemon.control.database.phones.push(aPhone(), aPhone({ id: 2, mac: null, extension: '1002' }))
  })
  afterAll(() => daemon.stop())

  /** As a shell runs it; only the socket is another. */
  async function run(line: string): Promise<unknown> {
    expect(line).toContain(`--unix-socket ${SOCKET} `)
    const shell = spawn('bash', ['-o', 'pipefail', '-c', line.replace(SOCKET, daemon.socket)], { stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    shell.stdout.setEncoding('utf8').on('data', (chunk) => {
      out += chunk
    })
    expect(await new Promise((done) => shell.once('close', done)), line).toBe(0)
    return JSON.parse(out)
  }

  test('list all, those of an extension, how many, and those without a MAC', async () => {
    const [all, ofExtension, count, withoutMac] = await Promise.all(LINES.map(run))
    expect(all).toMatchObject([{ mac_address: '001565123456' }, { mac_address: null }])
    expect(ofExtension).toEqual(all)
    expect(daemon.control.calls).toContainEqual(['phones', { extension: '1001' }])
    expect(count).toBe(2)
    expect(withoutMac).toMatchObject({ id: 2, extension_number: '1002', mac_address: null })
    expect(LINES).toHaveLength(4)
  })
})
