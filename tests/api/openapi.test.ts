import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { SipguardError } from '../../src/errors.ts'
import { type ApiDocument, compileSchema, type Operation, readDocument } from './api-document.ts'
import { aBan, aReport, type FakeControl } from './fake-control.ts'
import { appOf, documented, fullControl, ROUTES, requestOf } from './routes.ts'

let control: FakeControl
let app: FastifyInstance
let document: ApiDocument
beforeAll(async () => {
  control = await fullControl()
  app = appOf(control).app
  document = await readDocument(app)
})
const operationOf = (route: string): Operation => document.operationOf(route)
const faultsOf = (route: string, status: number, body: string): unknown => document.faultsOf(route, status, body)

describe('the document', () => {
  test('is OpenAPI 3.1 of this version, with an operation of its own for each route', async () => {
    expect((await app.inject('/api/openapi.json')).json()).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'sipguard', version: '0.1.0' },
    })
    const ids = (await documented(app)).map((route) => operationOf(route).operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('deleteApiBansTarget')
  })
  test('says who may use a route', () => {
    expect(operationOf('POST /api/login')).toMatchObject({ description: 'Anybody.', security: [] })
    expect(operationOf('GET /api/bans')).toMatchObject({ description: 'Readers and admins.', security: [{ bearer: [] }, { session: [] }] })
    expect(operationOf('POST /api/bans').description).toBe('Admins.')
    expect(operationOf('GET /api/tokens').description).toBe('Over the unix socket only.')
  })
  test('has the parameters and bodies that the routes take', () => {
    const names = (route: string) => operationOf(route).parameters.map((one) => `${one.in} ${one.name}`)
    expect(names('DELETE /api/bans/:target')).toEqual(['path target', 'query allow', 'query for', 'query comment'])
    expect(names('GET /api/audit')).toEqual(['query limit', 'query after', 'query target'])
    expect(operationOf('POST /api/bans').requestBody).toMatchObject({
      required: true,
      content: { 'application/json': { schema: { required: ['ip'], additionalProperties: false } } },
    })
    expect(operationOf('DELETE /api/bans').requestBody?.required).toBe(false)
  })
})

describe('the requests of the tests and their answers are as the document says', () => {
  test.each(Object.keys(ROUTES))('%s', async (route) => {
    const request = requestOf(route)
    const body = operationOf(route).requestBody?.content['application/json'].schema
    if (request.payload !== undefined) expect(compileSchema(body as object)(request.payload)).toBe(true)
    const answer = await app.inject(request)
    const isOther = answer.statusCode === 404 || answer.statusCode === 400
    expect(operationOf(route).responses).toHaveProperty(isOther ? 'default' : String(answer.statusCode))
    expect(faultsOf(route, answer.statusCode, answer.body)).toBeNull()
  })
})

describe('what the document says holds also', () => {
  const check = async (route: string, url: string, status: number, payload?: object) => {
    const answer = await app.inject({ ...requestOf(route), url, ...(payload && { payload }) })
    expect([answer.statusCode, faultsOf(route, answer.statusCode, answer.body)]).toEqual([status, null])
  }
  test('when a login is granted', async () => {
    await check('POST /api/login', '/api/login', 200, { token: await control.tokens.add('laptop', 'admin') })
  })
  test('when somebody is banned already', async () => {
    control.active.push(aBan({ ip: '192.0.2.77' }))
    await check('POST /api/bans', '/api/bans', 200, { ip: '192.0.2.77' })
  })
  test('when an address is allowed', async () => {
    control.allowed.push({ cidr: '203.0.113.9', untilMs: 1, addedMs: 0, comment: 'for a moment' })
    await check('GET /api/allow', '/api/allow', 200)
  })
  test('while something is degraded, and without a fleet', async () => {
    const full = control.report
    control.report = aReport({ degraded: [{ what: 'it', since: '2026-01-15T10:30:45.000Z', remedy: null }], fleet: null })
    await check('GET /healthz', '/healthz', 503)
    await check('GET /api/status', '/api/status', 200)
    await check('GET /api/fleet', '/api/fleet', 404)
    control.report = full
  })
  test('when a request is wrong, and when the database is away', async () => {
    await check('GET /api/bans', '/api/bans?ip=x', 400)
    control.database.fails = new SipguardError('RECORDS_UNAVAILABLE', 'it is away')
    await check('GET /api/events', '/api/events', 503)
    await check('GET /api/registered-phones', '/api/registered-phones', 500)
    control.database.fails = null
  })
})
