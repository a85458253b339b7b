import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import { banJson } from '../../report.ts'
import type { SkipReason } from '../../types.ts'
import { addressArgument, cidrArgument, durationArgument } from '../arguments.ts'
import type { Control } from '../control.ts'
import { bansOn } from '../lookup.ts'
import { type App, duration, shortText } from '../schema.ts'
import { decisionJson, liftedJson } from '../wire.ts'

const newBan = z.strictObject({
  ip: shortText,
  for: duration.optional(),
  jail: z
    .string()
    .regex(/^[\p{L}\p{N}_.:-]{1,100}$/u, 'expected the name of a jail')
    .optional(),
})

/** Why a ban that was asked for did not come about. */
const REFUSED: Readonly<Record<SkipReason, string>> = {
  self: 'it is an address of this host or fleet',
  allowed: 'it is in the allow list or in ignoreip',
  peer: 'it is a peer',
  phone: 'a registered phone is behind it',
  'already-banned': 'it is banned already',
  'too-old': 'the ban would be over by now',
  'alert-only': 'the jail only alerts',
}

export function bansRoutes(app: App, control: Control): void {
  /** Active bans, newest first; with `?ip=` those that cover this address. */
  app.get('/api/bans', { schema: { querystring: z.strictObject({ ip: shortText.optional() }) } }, (request, reply) => {
    const { ip } = request.query
    const bans = control.bans()
    return reply.send((ip === undefined ? bans : bansOn(bans, addressArgument(ip))).map(banJson))
  })

  /** 201 and the ban once the kernel has it; 200 and a skip when it was banned already; 409 when this address is not to be banned. */
  app.post('/api/bans', { schema: { body: newBan } }, async (request, reply) => {
    const { ip, jail, for: length } = request.body
    const decision = await control.ban(addressArgument(ip), {
      ...(jail !== undefined && { jail }),
      ...(length !== undefined && { forMs: durationArgument(length) }),
    })
    if (decision.type === 'skip' && decision.why !== 'already-banned') {
      throw new SipguardError('DAEMON_REFUSED', `${decision.ip} is not banned: ${REFUSED[decision.why]}`)
    }
    return reply.code(decision.type === 'ban' ? 201 : 200).send(decisionJson(decision))
  })

  /** The bans that ended, and what each did; `[]` when there was none (its counters are cleared all the same). */
  app.delete('/api/bans/:target', { schema: { params: z.object({ target: shortText }) } }, async (request, reply) => {
    return reply.send((await control.unban(cidrArgument(request.params.target))).map(liftedJson))
  })

  /** Everything at once has to be asked for in so many words. */
  const all = {
    querystring: z.strictObject({ all: z.literal('true').optional() }),
    body: z.strictObject({ all: z.literal(true) }).nullish(),
  }
  app.delete('/api/bans', { schema: all }, async (request, reply) => {
    if (request.query.all === undefined && !request.body) {
      throw new SipguardError('USAGE', 'expected /api/bans/ADDRESS, or ?all=true to lift every ban')
    }
    return reply.send((await control.unbanAll()).map(liftedJson))
  })
}
