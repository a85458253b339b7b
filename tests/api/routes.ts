import type { FastifyInstance } from 'fastify'
import type { Access } from '../../src/api/access.ts'
import { createApp, type TcpDoor } from '../../src/api/app.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { AT, aBan, aFleet, aReport, createFakeControl, type FakeControl } from './fake-control.ts'
import { anEventRow, aPhone, aUserRow, everythingRecorded } from './records-samples.ts'

/** A request that the route answers with this status, of the control below. */
export interface Row {
  readonly who: Access
  readonly status: number
  readonly url?: string
  readonly body?: object
}

/** Every route, who may use it, and a request that it grants. */
export const ROUTES: Readonly<Record<string, Row>> = {
  'GET /': { who: 'open', status: 200 },
  'GET /assets/*': { who: 'open', status: 404, url: '/assets/none.js' },
  'POST /api/login': { who: 'open', status: 401, body: { token: 'wrong' } },
  'GET /api/session': { who: 'reader', status: 200 },
  'POST /api/logout': { who: 'reader', status: 204 },
  'GET /api/tokens': { who: 'socket', status: 200 },
  'POST /api/tokens': { who: 'socket', status: 201, body: { name: 'new', role: 'reader' } },
  'DELETE /api/tokens/:name': { who: 'socket', status: 200, url: '/api/tokens/old' },
  'GET /api/audit': { who: 'reader', status: 200 },
  'GET /api/openapi.json': { who: 'reader', status: 200 },
  'GET /api/status': { who: 'reader', status: 200 },
  'GET /healthz': { who: 'reader', status: 200 },
  'GET /metrics': { who: 'reader', status: 200 },
  'GET /api/bans': { who: 'reader', status: 200 },
  'POST /api/bans': { who: 'admin', status: 201, body: { ip: '192.0.2.9', for: '1h', jail: 'sip-auth' } },
  'DELETE /api/bans/:target': { who: 'admin', status: 200, url: '/api/bans/192.0.2.7' },
  'DELETE /api/bans': { who: 'admin', status: 200, url: '/api/bans?all=true' },
  'GET /api/allow': { who: 'reader', status: 200 },
  'POST /api/allow': { who: 'admin', status: 201, body: { cidr: '203.0.113.0/24', comment: 'office' } },
  'DELETE /api/allow/:cidr': { who: 'admin', status: 200, url: '/api/allow/198.51.100.0%2F24' },
  'GET /api/allow/check/:ip': { who: 'reader', status: 200, url: '/api/allow/check/198.51.100.9' },
  'GET /api/fleet': { who: 'reader', status: 200 },
  'GET /api/fleet/bans': { who: 'reader', status: 200 },
  'GET /api/registered-phones': { who: 'reader', status: 200 },
  'GET /api/registered-phones/extension/:number': { who: 'reader', status: 200, url: '/api/registered-phones/extension/1001' },
  'POST /api/registered-phones/move': { who: 'admin', status: 200, body: { mac: '001565123456', extension: '1002' } },
  'POST /api/registered-phones/prune': { who: 'admin', status: 200, body: { older_than: '90d' } },
  'GET /api/events': { who: 'reader', status: 200 },
  'GET /api/users': { who: 'reader', status: 200 },
  'GET /api/addresses/:ip': { who: 'reader', status: 200, url: '/api/addresses/192.0.2.7' },
  // Without end where it is granted: of who may ask, a wrong question tells as much.
  'GET /api/feed': { who: 'reader', status: 400, url: '/api/feed?types=none' },
  'GET /api/activity': { who: 'reader', status: 200 },
  'GET /api/filters': { who: 'reader', status: 200 },
  'GET /api/jails': { who: 'reader', status: 200 },
  'GET /api/why/:ip': { who: 'reader', status: 200, url: '/api/why/192.0.2.7' },
  'GET /api/why/:ip/bundle': { who: 'reader', status: 200, url: '/api/why/192.0.2.7/bundle' },
  'GET /api/why-not/:ip': { who: 'reader', status: 200, url: '/api/why-not/192.0.2.7' },
  'POST /api/try': { who: 'reader', status: 200, body: { text: 'a line' } },
  'GET /api/users/:user': { who: 'reader', status: 200, url: '/api/users/1001@example.com' },
}

/** A daemon that has something of everything. */
export async function fullControl(): Promise<FakeControl> {
  const control = createFakeControl()
  const alerts = [{ alert: 'jail_full' as const, ip: '192.0.2.7', user: null, at: new Date(AT).toISOString(), text: 'it is full' }]
  control.report = aReport({ fleet: aFleet(), alerts, unproven: ['own/rule'] })
  control.active.push(aBan(), aBan({ ip: '2001:db8::7', scope: 'prefix', prefix: '2001:db8::/64', untilMs: null }))
  control.ofFleet.push(aBan({ node: 'gone' }))
  control.allowed.push({ cidr: '198.51.100.0/24', untilMs: null, addedMs: AT, comment: null })
  control.database.events.push(anEventRow())
  control.database.users.push(aUserRow())
  control.database.phones.push(aPhone())
  control.address = { ...control.address, recorded: everythingRecorded() }
  control.user = { ...control.user, recorded: everythingRecorded() }
  await control.tokens.add('old', 'reader')
  await control.audit.note({ who: 'socket', from: 'unix', action: 'ban', target: '192.0.2.7', detail: null })
  return control
}

/** The API of such a daemon, with what it took for a fault. */
export function appOf(control: FakeControl, tcp: TcpDoor | null = null): { readonly app: FastifyInstance; readonly faults: unknown[] } {
  const faults: unknown[] = []
  const app = createApp(control, createMetrics({ version: '0' }), {
    onFault: (error) => faults.push(error),
    tcp,
    consoleDir: '/nonexistent',
  })
  return { app, faults }
}

/** `METHOD /path` of every route that the document names. */
export async function documented(app: FastifyInstance): Promise<string[]> {
  const { paths } = (await app.inject('/api/openapi.json')).json() as { paths: Record<string, object> }
  return Object.entries(paths)
    .flatMap(([path, methods]) => {
      const declared = path.replace('{path}', '*').replace(/\{(\w+)\}/g, ':$1')
      return Object.keys(methods).map((method) => `${method.toUpperCase()} ${declared}`)
    })
    .sort()
}

/** The request of a row. */
export function requestOf(route: string): { method: 'GET' | 'POST' | 'DELETE'; url: string; payload?: object } {
  const [method, path] = route.split(' ') as ['GET' | 'POST' | 'DELETE', string]
  const { url = path, body } = ROUTES[route] as Row
  return { method, url, ...(body && { payload: body }) }
}
