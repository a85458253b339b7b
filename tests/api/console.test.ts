import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { createFakeControl } from './fake-control.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-console-'))
  mkdirSync(join(dir, 'built', 'assets', 'folder'), { recursive: true })
  writeFileSync(join(dir, 'secret'), 'secret')
  writeFileSync(join(dir, 'built', 'index.html'), '<!doctype html>built')
  writeFileSync(join(dir, 'built', 'assets', 'app-C0FFEE.js'), 'run()')
  writeFileSync(join(dir, 'built', 'assets', 'app.css'), 'p{}')
})
afterAll(() => rmSync(dir, { recursive: true }))

const appWith = (consoleDir: string): FastifyInstance =>
  createApp(createFakeControl(), createMetrics({ version: '0' }), { onFault: () => {}, tcp: { hosts: [], secure: false }, consoleDir })

describe('the console', () => {
  test('is served without a token, and asked for anew each time', async () => {
    const { statusCode, headers, body } = await appWith(join(dir, 'built')).inject('/')
    expect([statusCode, headers['content-type'], headers['cache-control'], body]).toEqual([
      ...[200, 'text/html; charset=utf-8', 'no-cache', '<!doctype html>built'],
    ])
  })
  test.each([
    ['app-C0FFEE.js', 'text/javascript; charset=utf-8', 'run()'],
    ['app.css', 'text/css; charset=utf-8', 'p{}'],
  ])('has its asset %s kept for good', async (name, type, content) => {
    const { headers, body } = await appWith(join(dir, 'built')).inject(`/assets/${name}`)
    expect([headers['content-type'], headers['cache-control'], body]).toEqual([type, 'public, max-age=31536000, immutable', content])
  })
  test.each([
    ...['/assets/', '/assets/none.js', '/assets/folder', '/assets/../../secret', '/assets/..%2f..%2fsecret', '/assets/%2e%2e/index.html'],
    ...['/assets/..%5c..%5csecret', '/assets/%00', '/assets/app.css%00', '/assets/.', '/assets//app.css'],
  ])('has nothing at %s', async (path) => {
    const { statusCode, body } = await appWith(join(dir, 'built')).inject({ url: path })
    expect(statusCode).toBeGreaterThanOrEqual(400)
    expect(statusCode).toBeLessThan(500)
    expect(body).not.toContain('secret')
  })
  test('says how to build it where it was not', async () => {
    const app = appWith(join(dir, 'nosuch'))
    const { statusCode, body } = await app.inject('/')
    expect([statusCode, body.split('\n').length]).toEqual([200, 2])
    expect(body).toContain('<code>npm run build</code>')
    expect((await app.inject('/assets/app.js')).statusCode).toBe(404)
  })
})

test.each(['/', '/assets/app.css', '/assets/none', '/api/status', '/api/login', '/metrics', '/nosuch', '/%zz'])(
  'the answer of %s may not be framed, sniffed, or run anything but our own files',
  async (path) => {
    const { headers } = await appWith(join(dir, 'built')).inject({ url: path })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    })
    if (!/^\/(?:assets\/app.*)?$/.test(path)) expect(headers['cache-control']).toBe('no-store')
  },
)
