import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alert } from '../../src/cli/verbs/alert.ts'
import { runVerbs } from '../cli/run-verbs.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { closedPort, httpSinks } from './http-sink.ts'

const newDirectory = temporaryDirectories()
const newSink = httpSinks()

function configured(...channels: readonly string[]): string {
  const file = join(newDirectory(), 'sipguard.yaml')
  writeFileSync(file, `notify:\n  channels:\n${channels.map((channel) => `    - ${channel}\n`).join('')}`)
  return file
}

describe('sipguard alert test', () => {
  test('sends a message to each channel, whatever it is for, and says what each answered', async () => {
    const { url, received } = await newSink()
    const config = configured(`{ webhook: "${url}", severities: [critical] }`, '{ exec: [/bin/cat] }')
    const { out, exitStatus } = await runVerbs([alert], 'alert', 'test', '--config', config)
    expect(exitStatus).toBe(0)
    const [, first, second] = out.split('\n')
    expect(first).toMatch(/^webhook-1 {2}http:\/\/127\.0\.0\.1:\d+ +taken {4}HTTP 200$/)
    expect(second).toMatch(/^exec-2 +\/bin\/cat .*taken {4}exit status 0$/)
    expect(JSON.parse(received[0]!.body)).toMatchObject({ severity: 'test', text: 'This is a test: messages of sipguard arrive here.' })
  })

  test('ends with 1 where one failed, and shows no secret', async () => {
    const config = configured(
      `{ webhook: "http://127.0.0.1:${await closedPort()}/secret-path" }`,
      `{ mail: { to: [noc@example.net], from: a@example.net, smtp: "smtp://noc:hunter2@127.0.0.1:${await closedPort()}" } }`,
      '{ exec: [/bin/false] }',
    )
    const { out, exitStatus } = await runVerbs([alert], 'alert', 'test', '--config', config, '--json')
    expect(exitStatus).toBe(1)
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(lines.map(({ channel, outcome }) => [channel, outcome])).toEqual([
      ['webhook-1', 'failed'],
      ['mail-2', 'failed'],
      ['exec-3', 'failed'],
    ])
    expect(lines[2]?.detail).toBe('exit status 1')
    expect(out).not.toMatch(/secret-path|hunter2/)
  })

  test('tries the one that is asked for', async () => {
    const config = configured('{ exec: [/bin/false] }', '{ exec: [/bin/true] }')
    const { out, exitStatus } = await runVerbs([alert], 'alert', 'test', '--config', config, '--channel', '2', '--json')
    expect([out.split('\n').length, exitStatus]).toEqual([2, 0])
    for (const wrong of ['0', '3', 'x', '-1', '1.5']) {
      const refused = await runVerbs([alert], 'alert', 'test', '--config', config, `--channel=${wrong}`)
      expect([refused.exitStatus, refused.err]).toEqual([2, `--channel: expected 1 to 2, got '${wrong}'`])
    }
  })

  test('says where to name a channel when there is none', async () => {
    const { err, exitStatus } = await runVerbs([alert], 'alert', 'test')
    expect([exitStatus, err]).toEqual([2, 'there is no channel: name one under notify: in a configuration (--config FILE)'])
  })
})
