import type { FastifyReply } from 'fastify'
import type { RecordsControl } from '../control.ts'

/** Whether there are no records to ask, said in a header of the answer. */
export function noteDegraded({ trouble }: RecordsControl, reply: FastifyReply): boolean {
  if (trouble !== null) reply.header('X-Sipguard-Degraded', 'records')
  return trouble !== null
}
