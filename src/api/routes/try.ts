import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import type { Control } from '../control.ts'
import { type App, shortText } from '../schema.ts'
import { tryAnswer } from '../why-wire.ts'

/** Of the text, bytes as UTF-8; in JSON each may be six characters. */
const MOST_BYTES = 64 * 1024
const BODY_LIMIT = 8 * MOST_BYTES
const MOST_LINES = 500

const body = z.strictObject({ text: z.string(), filter: shortText.nullish() })

export function tryRoutes(app: App, control: Control): void {
  /** What would become of these lines; nothing is kept. */
  app.post('/api/try', { bodyLimit: BODY_LIMIT, schema: { body, response: { 200: tryAnswer } } }, (request, reply) => {
    const { text, filter } = request.body
    const bytes = Buffer.byteLength(text)
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    if (bytes > MOST_BYTES || lines > MOST_LINES) {
      throw new SipguardError(
        'USAGE',
        `expected at most ${MOST_LINES} lines and ${MOST_BYTES} bytes, got ${lines} lines and ${bytes} bytes`,
      )
    }
    return reply.send(control.tryLines(text, filter ?? null))
  })
}
