import { STATUS_CODES } from 'node:http'
import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import { type Access, accessTo } from './access.ts'
import { failureAnswer } from './failure.ts'

/** OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) over the routes; their zod schemas become JSON Schema 2020-12, as it asks for. */

type Json = Record<string, unknown>
export type Route = Pick<RouteOptions, 'method' | 'url' | 'schema'>

const WHO: Readonly<Record<Access, string>> = {
  open: 'Anybody.',
  reader: 'Readers and admins.',
  admin: 'Admins.',
  socket: 'Over the unix socket only.',
}
const SECURITY: readonly Json[] = [{ bearer: [] }, { session: [] }]

export function describeApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    // HEAD comes with every GET.
    const methods = [route.method].flat().filter((method) => method !== 'HEAD')
    const path = route.url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')
    for (const method of methods) paths[path] = { ...paths[path], [method.toLowerCase()]: operation(method, path, route) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'sipguard', version },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'sipguard_session' },
      },
    },
  }
}

function operation(method: string, path: string, { url, schema }: Route): Json {
  const access = accessTo(method, url)
  const { params, querystring, body } = (schema ?? {}) as Record<string, z.ZodType | undefined>
  const answers = (schema?.response ?? { 200: undefined }) as Record<string, z.ZodType | undefined>
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const ofPath = propertiesOf(params)
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    description: WHO[access],
    security: access === 'open' ? [] : SECURITY,
    parameters: [
      ...inPath.map((name) => ({ name, in: 'path', required: true, schema: ofPath[name] ?? { type: 'string' } })),
      ...Object.entries(propertiesOf(querystring)).map(([name, of]) => ({ name, in: 'query', schema: of })),
    ],
    ...(body !== undefined && { requestBody: { required: !body.safeParse(undefined).success, content: json(body, 'input') } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, of]) => [status, answer(status, of)])),
      default: { description: 'What went wrong', content: json(failureAnswer, 'output') },
    },
  }
}

const answer = (status: string, of: z.ZodType | undefined): Json => ({
  description: STATUS_CODES[status] ?? status,
  ...(of !== undefined && status !== '204' && { content: json(of, 'output') }),
})

const json = (of: z.ZodType, io: 'input' | 'output'): Json => ({ 'application/json': { schema: jsonSchema(of, io) } })

const propertiesOf = (of: z.ZodType | undefined): Json => ((of && jsonSchema(of, 'input').properties) ?? {}) as Json

function jsonSchema(of: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...schema } = z.toJSONSchema(of, { io, unrepresentable: 'any' })
  return schema
}
