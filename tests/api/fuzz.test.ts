import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appOf, fullControl, ROUTES } from './routes.ts'

/** Texts that have broken something somewhere. */
const nasty = fc.constantFrom(
  ...['', '.', '..', '../../etc/passwd', '%', '%zz', '%00', '\0', '\r\nX: y', '__proto__', 'constructor', 'toString', '192.0.2.7'],
  ...['::ffff:192.0.2.7/120', '0.0.0.0/0', '-1', '1e999', 'NaN', '9007199254740993', '[object Object]', "' OR 1=1--", '\ud800', '\u202e'],
  'a'.repeat(2000),
)
const text = fc.oneof(nasty, fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }))
const KEYS = [
  'ip',
  'for',
  'jail',
  'cidr',
  'comment',
  'mac',
  'extension',
  'older_than',
  'incomplete',
  'all',
  'name',
  'role',
  'token',
  'limit',
]
const value = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }))
const body = fc.oneof(
  fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), text), value, { maxKeys: 5 }).map((object) => JSON.stringify(object)),
  fc.jsonValue({ maxDepth: 3 }).map((json) => JSON.stringify(json)),
  text,
)
const type = fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain', 'multipart/form-data', 'application/x-y')
const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...KEYS, 'after', 'target', 'since', 'kind', 'status'), text), text), {
  maxLength: 3,
})
const encoded = fc.oneof(
  text.map((raw) => encodeURIComponent(raw.toWellFormed())),
  text.map((raw) => raw.replace(/[^!-~]/g, '')),
)
const hostile = fc.record({
  // An answer without end is asked for in feed.test.ts.
  route: fc.constantFrom(...Object.keys(ROUTES).filter((route) => route !== 'GET /api/feed')),
  parts: fc.array(encoded, { minLength: 3, maxLength: 3 }),
  query,
  body: fc.option(body),
  type,
  headers: fc.dictionary(fc.constantFrom('cookie', 'authorization', 'x-csrf-token', 'last-event-id'), fc.string({ maxLength: 60 })),
})

test.each([
  ['unix socket', null],
  ['TCP, without a token', { hosts: [], secure: false }],
])('over the %s no request is a fault of ours, and every answer is JSON', async (_door, tcp) => {
  const { app, faults } = appOf(await fullControl(), tcp)
  await fc.assert(
    fc.asyncProperty(hostile, async ({ route, parts, query, body, type, headers }) => {
      const [method, path = ''] = route.split(' ') as ['GET' | 'POST' | 'DELETE', string]
      let next = 0
      const filled = path.replace(/:\w+|\*/g, () => parts[next++] as string)
      const search = new URLSearchParams(query.map(([key, one]) => [key.toWellFormed(), one.toWellFormed()]))
      const answer = await app.inject({
        ...{ method, url: `${filled}?${search}` },
        headers: { ...headers, ...(body !== null && method !== 'GET' && { 'content-type': type }) },
        ...(body !== null && method !== 'GET' && { payload: body }),
      })
      expect(answer.statusCode).not.toBe(500)
      // `/assets/..` is `/`.
      const isOther = ['GET /', 'GET /assets/*', 'GET /metrics', 'POST /api/logout'].includes(route) && answer.statusCode < 400
      if (!isOther) expect(() => JSON.parse(answer.body)).not.toThrow()
    }),
    { numRuns: 400 },
  )
  expect(faults).toEqual([])
})
