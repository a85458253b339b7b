import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { createFakeControl, type FakeControl } from './fake-control.ts'
import { aWhy } from './why-samples.ts'

let control: FakeControl
let app: ReturnType<typeof createApp>
beforeEach(() => {
  control = createFakeControl()
  app = createApp(control, createMetrics({ version: '1' }), { onFault: () => {} })
})
afterEach(() => app.close())

const get = async (url: string) => {
  const { statusCode, payload } = await app.inject({ url })
  return { statusCode, json: JSON.parse(payload), payload }
}

test('why tells of an address in canonical form, and of a /64; what could steer a terminal is escaped', async () => {
  const { statusCode, json, payload } = await get('/api/why/::ffff:192.0.2.7')
  expect({ statusCode, json }).toEqual({ statusCode: 200, json: aWhy() })
  expect(payload).not.toContain('\x1b')
  expect((await get('/api/why/2001:db8:0::7%2F64')).json.ip).toBe('2001:db8::/64')
  expect((await get('/api/why-not/192.0.2.9')).json).toMatchObject({ ip: '192.0.2.9', banned: false, cause: 'nothing-seen' })
  expect((await get('/api/why/192.0.2.7/bundle')).json).toEqual([{ name: 'lines.log', text: 'a line of \xe9\n', encoding: 'latin1' }])
  expect(control.calls).toEqual([
    ['why', '192.0.2.7'],
    ['why', '2001:db8::/64'],
    ['whyNot', '192.0.2.9'],
    ['bundle', '192.0.2.7'],
  ])
})

test.each(['/api/why/pbx.example.net', '/api/why-not/192.0.2.256', '/api/why/x/bundle'])('%s is no address', async (url) => {
  expect(await get(url)).toMatchObject({ statusCode: 400, json: { error: { code: 'ADDRESS_INVALID' } } })
})

const tried = (payload: object) => app.inject({ method: 'POST', url: '/api/try', payload })

test('lines are tried with the filter that is asked for, or any', async () => {
  expect((await tried({ text: 'a line\n', filter: 'opensips' })).json()).toMatchObject({ lines: [{ line: 1, text: 'a line\n' }] })
  await tried({ text: 'a line' })
  await tried({ text: '\u0001'.repeat(65_536), filter: null })
  expect(control.calls.map((call) => (call as unknown[])[2])).toEqual(['opensips', null, null])
})

test.each([
  ['too many lines', { text: 'x\n'.repeat(501) }, 'expected at most 500 lines and 65536 bytes, got 501 lines and 1002 bytes'],
  ['too much text', { text: 'é'.repeat(40_000) }, 'expected at most 500 lines and 65536 bytes, got 1 lines and 80000 bytes'],
  ['no text', { filter: null }, 'body.text: Invalid input: expected string, received undefined'],
  ['an unknown key', { text: '', all: true }, 'body: Unrecognized key: "all"'],
])('%s is refused', async (_, body, message) => {
  const answer = await tried(body)
  expect({ status: answer.statusCode, json: answer.json() }).toEqual({ status: 400, json: { error: { code: 'USAGE', message } } })
})
