import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify'
import { z } from 'zod'
import { SipguardError } from '../errors.ts'

/** Lets a route give zod schemas for body, params and querystring; the handler receives their output types. */
interface ZodTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
}
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypes>

/** Fastify's validatorCompiler over zod. Every fault is named, with the place where it is. */
export function zodValidator({ schema, httpPart }: { schema: z.ZodType; httpPart?: string | undefined }) {
  return (data: unknown) => {
    const parsed = schema.safeParse(data)
    if (parsed.success) return { value: parsed.data }
    const faults = parsed.error.issues.map((issue) => `${[httpPart ?? 'request', ...issue.path].join('.')}: ${issue.message}`)
    return { error: new SipguardError('USAGE', faults.join('; ')) }
  }
}

/** Longer than any address, CIDR or duration; what is in it is checked by arguments.ts, whose messages say what is expected. */
export const shortText = z.string().min(1).max(80)

/** `1h`, `-1`, or seconds. */
export const duration = z.union([shortText, z.number()])

/** Of an entry of the allow list. */
export const comment = z.string().max(200)

/** A user, a domain or a cursor of ours. */
export const longText = z.string().min(1).max(400)

/** How many rows, of a query string. */
export const limit = (most: number, byDefault: number) => z.coerce.number().int().min(1).max(most).default(byDefault)

/** What a schema of an answer lets through, as whoever makes or reads the answer sees it. */
export type Wire<Schema extends z.ZodType> = Unchanging<z.output<Schema>>
type Unchanging<Value> = Value extends readonly (infer Item)[]
  ? readonly Unchanging<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Unchanging<Value[Key]> }
    : Value

/** ISO 8601 in UTC. */
export const time = z.iso.datetime()

/** What is no more where it was. */
export const removedAnswer = z.object({ removed: z.string() })
