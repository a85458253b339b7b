import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'

/** What the API says of itself (/api/openapi.json), to hold requests and answers against. */

/** Fastify brings Ajv: a reader of JSON Schema that has nothing to do with the one that wrote it. */
const ofFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
const { Ajv2020 } = ofFastify('ajv/dist/2020') as { Ajv2020: new (options: object) => Validators }
const addFormats = ofFastify('ajv-formats') as (ajv: Validators) => void
interface Validators {
  compile(schema: object): ((value: unknown) => boolean) & { errors: unknown }
}

export interface Operation {
  readonly operationId: string
  readonly description: string
  readonly security: readonly object[]
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
type Content = Readonly<Record<'application/json', { readonly schema: object }>>

const ajv = new Ajv2020({ allErrors: true, strict: true })
addFormats(ajv)
export const compileSchema = (schema: object) => ajv.compile(schema)

export interface ApiDocument {
  /** Of a route as it is declared: `GET /api/why/:ip`. */
  operationOf(route: string): Operation
  /** What the document says that is wrong with an answer; null: nothing. */
  faultsOf(route: string, status: number, body: string): unknown
}

export async function readDocument(app: FastifyInstance): Promise<ApiDocument> {
  const { paths } = (await app.inject('/api/openapi.json')).json() as { paths: Record<string, Record<string, Operation>> }

  function operationOf(route: string): Operation {
    const [method = '', path = ''] = route.split(' ')
    return paths[path.replace('*', '{path}').replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()] as Operation
  }

  return {
    operationOf,
    faultsOf(route, status, body) {
      const { responses } = operationOf(route)
      const schema = (responses[status] ?? responses.default)?.content?.['application/json'].schema
      if (schema === undefined) return body === '' || !route.includes('/api/') ? null : 'the document has no schema for it'
      const validate = compileSchema(schema)
      return validate(JSON.parse(body)) ? null : validate.errors
    },
  }
}
